import type { Slice } from '../../../core/drain/drain-slice.ts';
import { QUEUE_NOTICE_MS } from '../../../protocol/limits.ts';
import { type LoadedState, positionOf } from '../state/loaded-state.ts';
import type { StateListener } from '../state/state-listener.ts';

/** What readers are told of the queue, in both forms. All of them share one object. */
export interface QueueNotice {
  /** The frame of a socket [W18]. */
  readonly frame: string;
  /** The server-sent event [V10]. */
  readonly event: Uint8Array;
}

/** Readers that are told of the queue. */
export interface QueueAudience {
  /** Their number. */
  readonly size: number;
  /** Never throws. */
  tellQueue(notice: QueueNotice): void;
}

export interface QueueNoticesOptions {
  /** The sockets, and the event streams. */
  readonly audiences: () => readonly QueueAudience[];
  /** The loaded state after a head check; undefined when the application does not exist. */
  readonly current: () => LoadedState | undefined;
}

/**
 * Tells sockets and event streams of a queue that stays: at most once in `QUEUE_NOTICE_MS`, and at once when it is empty
 * again. Changes that are applied in one step, as they mostly are, cause no notice.
 */
export class QueueNotices implements StateListener {
  /** It only listens: it is no reader, so that nothing is applied for its sake. */
  readonly size = 0;
  readonly #options: QueueNoticesOptions;
  /** Whether the last that a reader was told is a queue that is not empty. */
  #isOpen: boolean = false;
  /** Time of the last notice of a queue that is not empty, ms since 1970. */
  #notifiedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: QueueNoticesOptions) {
    this.#options = options;
  }

  /** Call when the first answer to a reader has told it of the queue: it must hear of its end. */
  onAnswered(queue: number): void {
    if (queue > 0) this.#isOpen = true;
  }

  onCommit(loaded: LoadedState, slice: Slice | undefined): void {
    // These changes were queued when this instance began: the one before may have told its sockets of them.
    if (slice !== undefined && slice.base < loaded.suspectUntil) this.#isOpen = true;
    const isEmpty = loaded.version === loaded.head;
    if (isEmpty && !this.#isOpen) return;
    if (this.#options.audiences().every(({ size }) => size === 0)) this.#reset();
    else if (isEmpty) this.#tell(loaded);
    else this.#tellInTime(loaded);
  }

  onDeleted(): void {
    this.#reset();
  }

  #tellInTime(loaded: LoadedState): void {
    const waitMs = this.#notifiedAt + QUEUE_NOTICE_MS - Date.now();
    if (waitMs <= 0) this.#tell(loaded);
    else this.#timer ??= setTimeout(() => this.#onTimer(), Math.min(waitMs, QUEUE_NOTICE_MS));
  }

  #onTimer(): void {
    this.#timer = undefined;
    const loaded = this.#options.current();
    if (loaded !== undefined) this.onCommit(loaded, undefined);
  }

  #tell(loaded: LoadedState): void {
    const now = Date.now();
    const { queue, lag } = positionOf(loaded, now);
    this.#reset();
    this.#isOpen = queue > 0;
    if (queue > 0) this.#notifiedAt = now;
    const notice = printNotice(queue, lag);
    for (const audience of this.#options.audiences()) audience.tellQueue(notice);
  }

  #reset(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isOpen = false;
  }
}

const ENCODER = new TextEncoder();

const printNotice = (queue: number, lag: number): QueueNotice => ({
  frame: `{"type":"queue","queue":${queue},"lag":${lag}}`,
  event: ENCODER.encode(`event: queue\ndata: {"queue":${queue},"lag":${lag}}\n\n`),
});
