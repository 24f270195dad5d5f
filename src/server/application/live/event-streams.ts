import { STREAM_AGE_MS, STREAM_TICK_MS, STREAMS_MAX } from '../../../protocol/limits.ts';
import { problem } from '../../../protocol/problems.ts';
import { describeError, log } from '../../logging/log.ts';
import type { StreamAnswer, StreamMessage } from '../../rpc/messages.ts';
import { type LoadedState, positionOf } from '../state/loaded-state.ts';
import type { StateListener } from '../state/state-listener.ts';
import { EventStream } from './event-stream.ts';
import type { Update, UpdateCache } from './update-cache.ts';

export interface StreamsOptions {
  readonly updates: UpdateCache;
  /** Resolves when everything written so far is durable. */
  readonly sync: () => Promise<void>;
  /** Called with the first stream; what it returns is called after the last. An open stream keeps the object awake. */
  readonly trackActive: () => () => void;
}

/** The readers of server-sent events of one application [V]. */
export class EventStreams implements StateListener {
  readonly #options: StreamsOptions;
  readonly #streams = new Set<EventStream>();
  /** As it was when it was told last: every step is told. */
  #memory: LoadedState | undefined;
  #work: 'none' | 'going on' | 'more to come' = 'none';
  #clock: ReturnType<typeof setInterval> | undefined;
  #release: (() => void) | undefined;

  constructor(options: StreamsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#streams.size;
  }

  open(loaded: LoadedState, { path = '', known, expires }: StreamMessage): StreamAnswer {
    const position = positionOf(loaded, Date.now());
    if (this.size >= STREAMS_MAX) {
      return { kind: 'refused', position, problem: problem('unavailable', 'Too many streams.', { retryAfter: 5 }) };
    }
    const told = known.find(({ epoch, version }) => epoch === loaded.row.epoch && version <= loaded.version);
    // Of a part only the very version is known to be right: what has happened to it since is not.
    const isUsable = told !== undefined && (path === '' || told.version === loaded.version);
    const subscription = { path, sent: isUsable ? told : undefined, currentTo: told?.version ?? 0 };
    const [age, token] = [Date.now() + STREAM_AGE_MS, (expires ?? Number.POSITIVE_INFINITY) * 1_000];
    const stream = new EventStream({
      subscription,
      ...(token < age ? { until: token, reason: 'token' as const } : { until: age, reason: 'age' as const }),
      onReady: () => this.#catchUpAll(),
      onEnd: (each) => this.#remove(each),
    });
    this.#memory = loaded;
    this.#streams.add(stream);
    this.#clock ??= setInterval(() => this.#tick(), STREAM_TICK_MS);
    this.#release ??= this.#options.trackActive();
    return { kind: 'stream', stream: stream.body, position };
  }

  onCommit(loaded: LoadedState): void {
    this.#memory = loaded;
    if (this.size > 0) this.#catchUpAll();
  }

  onDeleted(): void {
    for (const stream of [...this.#streams]) stream.end('deleted');
  }

  #catchUpAll(): void {
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

  #due(): [EventStream, Update][] {
    const loaded = this.#memory;
    if (loaded === undefined) return [];
    const due: [EventStream, Update][] = [];
    const now = Date.now();
    for (const stream of this.#streams) {
      if (!stream.isReady || stream.isOver(now)) continue;
      const update = this.#options.updates.next(loaded, stream.subscription);
      if (update !== undefined) due.push([stream, update]);
    }
    return due;
  }

  #tick(): void {
    const now = Date.now();
    for (const stream of [...this.#streams]) stream.tick(now);
  }

  #remove(stream: EventStream): void {
    this.#streams.delete(stream);
    if (this.size > 0) return;
    if (this.#clock !== undefined) clearInterval(this.#clock);
    this.#clock = undefined;
    this.#release?.();
    this.#release = undefined;
  }
}
