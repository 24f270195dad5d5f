import { STREAM_AGE_MS, STREAM_TICK_MS, STREAMS_MAX } from '../../../protocol/limits.ts';
import { problem } from '../../../protocol/problems.ts';
import { describeError, log } from '../../logging/log.ts';
import type { StreamAnswer, StreamMessage } from '../../rpc/messages.ts';
import { type Memory, positionOf } from '../state/loaded-state.ts';
import type { Watcher } from '../state/state-listener.ts';
import { Stream } from './event-stream.ts';
import type { Update, Updates } from './update-cache.ts';

export interface StreamsOptions {
  readonly updates: Updates;
  /** Resolves when everything written so far is durable. */
  readonly sync: () => Promise<void>;
  /** Called with the first stream; what it returns is called after the last. An open stream keeps the object awake. */
  readonly hold: () => () => void;
}

/** The readers of server-sent events of one application [V]. */
export class Streams implements Watcher {
  readonly #options: StreamsOptions;
  readonly #streams = new Set<Stream>();
  /** As it was when it was told last: every step is told. */
  #memory: Memory | undefined;
  #work: 'none' | 'going on' | 'more to come' = 'none';
  #clock: ReturnType<typeof setInterval> | undefined;
  #release: (() => void) | undefined;

  constructor(options: StreamsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#streams.size;
  }

  open(memory: Memory, { path = '', known, expires }: StreamMessage): StreamAnswer {
    const position = positionOf(memory, Date.now());
    if (this.size >= STREAMS_MAX) {
      return { kind: 'refused', position, problem: problem('unavailable', 'Too many streams.', { retryAfter: 5 }) };
    }
    const told = known.find(({ epoch, version }) => epoch === memory.row.epoch && version <= memory.version);
    // Of a part only the very version is known to be right: what has happened to it since is not.
    const isUsable = told !== undefined && (path === '' || told.version === memory.version);
    const subscription = { path, told: isUsable ? told : undefined, current: told?.version ?? 0 };
    const [age, token] = [Date.now() + STREAM_AGE_MS, (expires ?? Number.POSITIVE_INFINITY) * 1_000];
    const stream = new Stream({
      subscription,
      ...(token < age ? { until: token, reason: 'token' as const } : { until: age, reason: 'age' as const }),
      onReady: () => this.#bringUpAll(),
      onEnd: (each) => this.#forget(each),
    });
    this.#memory = memory;
    this.#streams.add(stream);
    this.#clock ??= setInterval(() => this.#tick(), STREAM_TICK_MS);
    this.#release ??= this.#options.hold();
    return { kind: 'stream', stream: stream.body, position };
  }

  told(memory: Memory): void {
    this.#memory = memory;
    if (this.size > 0) this.#bringUpAll();
  }

  ended(): void {
    for (const stream of [...this.#streams]) stream.end('deleted');
  }

  #bringUpAll(): void {
    const before = this.#work;
    this.#work = 'more to come';
    if (before !== 'none') return;
    this.#rounds()
      .catch((error: unknown) => log('error', 'the streams could not be told', describeError(error)))
      .finally(() => {
        this.#work = 'none';
      });
  }

  /**
   * Works out what each ready stream needs, waits for the disk, and only then writes: unlike an answer or a frame, a
   * chunk of an open stream is not held back until what it tells is durable.
   */
  async #rounds(): Promise<void> {
    while (this.#work === 'more to come') {
      this.#work = 'going on';
      const due = this.#due();
      if (due.length === 0) continue;
      await this.#options.sync();
      for (const [stream, update] of due) stream.send(update);
    }
  }

  #due(): [Stream, Update][] {
    const memory = this.#memory;
    if (memory === undefined) return [];
    const due: [Stream, Update][] = [];
    const now = Date.now();
    for (const stream of this.#streams) {
      if (!stream.isReady || stream.isOver(now)) continue;
      const update = this.#options.updates.next(memory, stream.subscription);
      if (update !== undefined) due.push([stream, update]);
    }
    return due;
  }

  #tick(): void {
    const now = Date.now();
    for (const stream of [...this.#streams]) stream.tick(now);
  }

  #forget(stream: Stream): void {
    this.#streams.delete(stream);
    if (this.size > 0) return;
    if (this.#clock !== undefined) clearInterval(this.#clock);
    this.#clock = undefined;
    this.#release?.();
    this.#release = undefined;
  }
}
