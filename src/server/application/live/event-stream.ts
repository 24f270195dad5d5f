import { HEARTBEAT_MS, STREAM_STALL_MS } from '../../../protocol/limits.ts';
import { etagOf } from '../../../protocol/version.ts';
import type { Subscription, Update } from './update-cache.ts';

/** Why a stream ends in good order [V6]. */
export type StreamEnd = 'age' | 'token' | 'deleted';

export interface StreamOptions {
  readonly subscription: Subscription;
  /** Ends at this time, ms since 1970, and why. */
  readonly until: number;
  readonly reason: StreamEnd;
  /** Called when the reader can take something. */
  readonly onReady: () => void;
  /** Called once, however it ends. */
  readonly onEnd: (stream: EventStream) => void;
}

type Controller = ReadableStreamDefaultController<Uint8Array>;

/**
 * One reader of server-sent events. Made on demand: nothing is written unless the reader has taken what was written
 * before, so a slow one costs one event of memory and gets one step to the present when it comes back [V7].
 */
export class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly subscription: Subscription;
  readonly #options: StreamOptions;
  #controller: Controller | undefined;
  #taken: (() => void) | undefined;
  /** When something was written last, or the reader began to be slow. */
  #since = Date.now();

  constructor(options: StreamOptions) {
    this.#options = options;
    this.subscription = options.subscription;
    this.body = new ReadableStream<Uint8Array>(
      { start: (controller) => this.#begin(controller), pull: () => this.#pull(), cancel: () => this.#over() },
      { highWaterMark: 0 },
    );
  }

  get isReady(): boolean {
    return this.#taken !== undefined;
  }

  /** Whether nothing more may be told: the next tick ends it. */
  isOver(now: number): boolean {
    return now >= this.#options.until;
  }

  /** What comes after it has ended is dropped. */
  send(update: Update): void {
    if (this.isReady) this.#write(eventOf(update));
  }

  /** Keeps an idle connection, ends an old one, cuts off one whose reader is gone. */
  tick(now: number): void {
    if (this.isOver(now)) this.end(this.#options.reason);
    else if (!this.isReady && now - this.#since > STREAM_STALL_MS) this.#cut();
    else if (this.isReady && now - this.#since > HEARTBEAT_MS) this.#write(HEARTBEAT);
  }

  end(reason: StreamEnd): void {
    if (!this.isReady) {
      this.#cut();
      return;
    }
    this.#write(ENCODER.encode(`event: end\ndata: {"reason":"${reason}"}\n\n`));
    this.#controller?.close();
    this.#over();
  }

  #begin(controller: Controller): void {
    this.#controller = controller;
  }

  #pull(): Promise<void> {
    this.#since = Date.now();
    const taken = new Promise<void>((resolve) => {
      this.#taken = resolve;
    });
    this.#options.onReady();
    return taken;
  }

  #write(bytes: Uint8Array): void {
    const taken = this.#taken;
    this.#taken = undefined;
    this.#since = Date.now();
    this.#controller?.enqueue(bytes);
    taken?.();
  }

  #cut(): void {
    this.#controller?.error(new Error('the reader has taken nothing for too long'));
    this.#over();
  }

  #over(): void {
    this.#taken = undefined;
    this.#options.onEnd(this);
  }
}

const ENCODER = new TextEncoder();
const HEARTBEAT = ENCODER.encode(':\n\n');
/** One text for all readers that are sent the same. */
const events = new WeakMap<Update, Uint8Array>();

const eventOf = (update: Update): Uint8Array => {
  const known = events.get(update);
  if (known !== undefined) return known;
  const data = update.kind === 'gone' ? '{}' : update.text;
  // JSON text has no line break, so its one line cannot end early; the tag is of our own making.
  const event = ENCODER.encode(`event: ${update.kind}\nid: ${etagOf(update.version)}\ndata: ${data}\n\n`);
  events.set(update, event);
  return event;
};
