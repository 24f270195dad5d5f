import { DISPLACED_RETRY_S, HEARTBEAT_MS, STREAM_STALL_MS } from '../../../protocol/limits.ts';
import type { Subscription } from './subscription.ts';

/** Reason in the `end` event of a stream [V6]. */
export type StreamEnd = 'age' | 'token' | 'deleted' | 'displaced';

export interface StreamOptions {
  readonly subscription: Subscription;
  /** The stream ends at this time, ms since 1970, for this reason. */
  readonly until: number;
  readonly reason: StreamEnd;
  /** Called when the reader is ready for the next event. */
  readonly onReady: () => void;
  /** Called once, when the stream has ended in any way. */
  readonly onEnd: (stream: EventStream) => void;
}

type Controller = ReadableStreamDefaultController<Uint8Array>;

/**
 * One reader of server-sent events. Pull-based: nothing is written until the reader has taken the event before, so a
 * slow reader costs one event of memory, and gets one step to the current version when it is ready again [V7].
 */
export class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly subscription: Subscription;
  readonly #options: StreamOptions;
  #controller: Controller | undefined;
  /** Resolves the pull of the reader; undefined while the reader is not ready. */
  #resolvePull: (() => void) | undefined;
  /** Length in bytes of the event that the reader has not taken yet; 0 when it has taken all. */
  #unread = 0;
  #isSilent: boolean = true;
  /** Time of the last write or pull, ms since 1970. */
  #activeAt = Date.now();

  constructor(options: StreamOptions) {
    this.#options = options;
    this.subscription = options.subscription;
    this.body = new ReadableStream<Uint8Array>(
      { start: (controller) => this.#begin(controller), pull: () => this.#pull(), cancel: () => this.#finish() },
      { highWaterMark: 0 },
    );
  }

  get isReady(): boolean {
    return this.#resolvePull !== undefined;
  }

  get unread(): number {
    return this.#unread;
  }

  /** Whether its time is over: it must not send any more, and the next tick ends it. */
  isExpired(now: number): boolean {
    return now >= this.#options.until;
  }

  /** Whether the reader was sent nothing so far, not even a comment. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** Sends an event; a comment without one. Has no effect when the reader is not ready, or when the stream has ended. */
  send(event: Uint8Array | undefined): void {
    if (this.isReady) this.#write(event ?? HEARTBEAT);
  }

  /** Ends the stream when its time is over, disconnects a stalled reader, or sends a heartbeat [V5] [V6] [V7]. */
  tick(now: number): void {
    if (this.isExpired(now)) this.end(this.#options.reason);
    else if (!this.isReady && now - this.#activeAt > STREAM_STALL_MS) this.#disconnect();
    else if (this.isReady && now - this.#activeAt > HEARTBEAT_MS) this.#write(HEARTBEAT);
  }

  end(reason: StreamEnd): void {
    if (!this.isReady) {
      this.#disconnect();
      return;
    }
    const pause = reason === 'displaced' ? `retry: ${DISPLACED_RETRY_S * 1_000}\n` : '';
    this.#write(ENCODER.encode(`${pause}event: end\ndata: {"reason":"${reason}"}\n\n`));
    this.#controller?.close();
    this.#finish();
  }

  #begin(controller: Controller): void {
    this.#controller = controller;
  }

  #pull(): Promise<void> {
    this.#unread = 0;
    this.#activeAt = Date.now();
    const written = new Promise<void>((resolve) => {
      this.#resolvePull = resolve;
    });
    this.#options.onReady();
    return written;
  }

  #write(bytes: Uint8Array): void {
    const resolvePull = this.#resolvePull;
    this.#resolvePull = undefined;
    this.#isSilent = false;
    this.#activeAt = Date.now();
    this.#unread = bytes.length;
    this.#controller?.enqueue(bytes);
    resolvePull?.();
  }

  #disconnect(): void {
    this.#controller?.error(new Error('the reader has read nothing for too long'));
    this.#finish();
  }

  #finish(): void {
    this.#resolvePull = undefined;
    this.#options.onEnd(this);
  }
}

const ENCODER = new TextEncoder();
const HEARTBEAT = ENCODER.encode(':\n\n');
