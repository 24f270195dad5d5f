import { Slots } from '../../../core/limits/slots.ts';
import { STREAM_AGE_MS, STREAM_TICK_MS, STREAMS_MAX, STREAMS_UNREAD_MAX } from '../../../protocol/limits.ts';
import { problem } from '../../../protocol/problems.ts';
import { describeError, log } from '../../logging/log.ts';
import type { StreamAnswer, StreamMessage } from '../../rpc/messages.ts';
import { parsePass } from '../../rpc/pass.ts';
import { type LoadedState, positionOf } from '../state/loaded-state.ts';
import type { StateListener } from '../state/state-listener.ts';
import { EventStream } from './event-stream.ts';
import { eventOf } from './print-update.ts';
import type { QueueNotice } from './queue-notices.ts';
import { subscribe } from './subscription.ts';
import type { UpdateCache } from './update-cache.ts';

export interface StreamsOptions {
  /** `owner/app` for log lines. Never throws. */
  readonly name: () => string;
  readonly updates: UpdateCache;
  /** Resolves when everything written so far is durable. */
  readonly sync: () => Promise<void>;
  /** Counts the time awake from the first stream on; the returned function is called after the last one [C1]. */
  readonly trackActive: () => () => void;
  /** Called with the number of queued changes that the reader of a new stream is told. */
  readonly onAnswered?: (queue: number) => void;
  /** Called for each event that is sent. */
  readonly onSent?: () => void;
}

/** All event streams of one application [V9]. */
export class EventStreams implements StateListener {
  readonly #options: StreamsOptions;
  readonly #streams = new Set<EventStream>();
  readonly #slots = new Slots<EventStream>(STREAMS_MAX);
  /** Who reads a stream, and when the token was issued, seconds since 1970. */
  readonly #readers = new WeakMap<EventStream, { readonly user: string; readonly issuedAt: number }>();
  /** The newest state that the streams were notified of. */
  #loaded: LoadedState | undefined;
  /** What streams were told last of the queue. */
  #notice: QueueNotice | undefined;
  /** The streams that have been told, or were opened later: their answers have told them. */
  #informed = new WeakSet<EventStream>();
  /** `again` when a reader became ready, or the state moved, during a delivery. */
  #delivery: 'idle' | 'running' | 'again' = 'idle';
  /** Whether the last delivery has left out streams because too much was unread. */
  #isCrowded: boolean = false;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #release: (() => void) | undefined;

  constructor(options: StreamsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Opens a stream, or refuses it when there are too many and its subject has its share of them [V9] [F3]. */
  open(loaded: LoadedState, { path = '', known, expires, user = '', pass }: StreamMessage): StreamAnswer {
    const position = positionOf(loaded, Date.now());
    this.#slots.toDisplace(user).at(-1)?.end('displaced');
    if (this.#slots.isFull) {
      return { kind: 'refused', position, problem: problem('unavailable', 'Too many streams.', { retryAfter: 5 }) };
    }
    const [age, token] = [Date.now() + STREAM_AGE_MS, (expires ?? Number.POSITIVE_INFINITY) * 1_000];
    const stream = new EventStream({
      subscription: subscribe(loaded, path, known),
      until: Math.min(age, token),
      reason: token < age ? 'token' : 'age',
      onReady: () => this.#scheduleDelivery(),
      onEnd: (each) => this.#remove(each, user),
    });
    this.#loaded = loaded;
    this.#streams.add(stream);
    this.#informed.add(stream);
    this.#options.onAnswered?.(position.queue);
    if (pass !== undefined) this.#readers.set(stream, { user, issuedAt: parsePass(pass).issuedAt });
    this.#slots.take(user, stream);
    this.#ticker ??= setInterval(() => this.#tick(), STREAM_TICK_MS);
    this.#release ??= this.#options.trackActive();
    return { kind: 'stream', stream: stream.body, position };
  }

  /** Ends all streams of a subject. */
  endAll(subject: string): void {
    this.endRevoked(subject, Number.POSITIVE_INFINITY);
  }

  /** Ends the streams of a subject whose tokens were issued before a time, seconds since 1970 [A13]. */
  endRevoked(subject: string, before: number): void {
    for (const stream of [...this.#streams]) {
      const reader = this.#readers.get(stream);
      if (reader?.user === subject && reader.issuedAt < before) stream.end('token');
    }
  }

  onCommit(loaded: LoadedState): void {
    this.#loaded = loaded;
    if (this.size > 0) this.#scheduleDelivery();
  }

  onDeleted(): void {
    for (const stream of [...this.#streams]) stream.end('deleted');
  }

  /** Tells all readers of the queue, each after the step that it needs [V10]. */
  tellQueue(notice: QueueNotice): void {
    this.#notice = notice;
    this.#informed = new WeakSet();
    if (this.size > 0) this.#scheduleDelivery();
  }

  #scheduleDelivery(): void {
    const before = this.#delivery;
    this.#delivery = 'again';
    if (before !== 'idle') return;
    this.#deliver()
      .catch((error: unknown) => {
        log('error', 'event streams could not be sent updates', {
          application: this.#options.name(),
          ...describeError(error),
        });
      })
      .finally(() => {
        this.#delivery = 'idle';
      });
  }

  /**
   * Computes what each ready stream needs, waits until the database is durable, and only then writes: unlike an answer
   * or a frame, a chunk of an open stream is not held back by the output gate.
   */
  async #deliver(): Promise<void> {
    while (this.#delivery === 'again') {
      this.#delivery = 'running';
      const due = this.#dueEvents();
      if (due.length === 0) continue;
      await this.#options.sync();
      for (const [stream, event] of due) {
        // First served, last in the next turn: otherwise the first readers could keep the others behind.
        if (this.#isCrowded && this.#streams.delete(stream)) this.#streams.add(stream);
        stream.send(event);
        if (event !== undefined) this.#options.onSent?.();
      }
    }
  }

  /** Leaves out streams when too much is unread: they are behind, and each reader that takes its event starts a delivery. */
  #dueEvents(): [EventStream, Uint8Array | undefined][] {
    const loaded = this.#loaded;
    if (loaded === undefined) return [];
    const due: [EventStream, Uint8Array | undefined][] = [];
    const now = Date.now();
    let unread = 0;
    for (const stream of this.#streams) unread += stream.unread;
    for (const stream of this.#streams) {
      this.#isCrowded = unread >= STREAMS_UNREAD_MAX;
      if (this.#isCrowded) break;
      if (!stream.isReady || stream.isExpired(now)) continue;
      const event = this.#nextEvent(loaded, stream);
      // A stream that resumes at the current version begins with a comment: its reader sees that nothing holds it back [V5].
      if (event === undefined && !stream.isSilent) continue;
      due.push([stream, event]);
      unread += event?.length ?? 0;
    }
    return due;
  }

  /** The step that a reader needs; without one, the notice that it has not been told. */
  #nextEvent(loaded: LoadedState, stream: EventStream): Uint8Array | undefined {
    const update = this.#options.updates.next(loaded, stream.subscription);
    if (update !== undefined) return eventOf(update);
    if (this.#notice === undefined || this.#informed.has(stream)) return undefined;
    this.#informed.add(stream);
    return this.#notice.event;
  }

  #tick(): void {
    const now = Date.now();
    for (const stream of [...this.#streams]) stream.tick(now);
  }

  #remove(stream: EventStream, user: string): void {
    this.#streams.delete(stream);
    this.#slots.release(user, stream);
    if (this.size > 0) return;
    if (this.#ticker !== undefined) clearInterval(this.#ticker);
    this.#ticker = undefined;
    this.#release?.();
    this.#release = undefined;
  }
}
