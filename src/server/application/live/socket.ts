import { Credit } from '../../../core/limits/credit.ts';
import { TokenBucket } from '../../../core/limits/token-bucket.ts';
import type { ServerFrame } from '../../../protocol/frames.ts';
import { FRAMES_BURST_MAX, FRAMES_PER_SECOND_MAX, PAUSED_MS_MAX } from '../../../protocol/limits.ts';
import { PROBLEMS, type Problem, type ProblemName, problemBody } from '../../../protocol/problems.ts';
import type { SocketIdentity } from '../../access/socket-identity.ts';
import type { Attachment } from './attachment.ts';
import type { Subscription } from './update-cache.ts';

export interface SocketOptions {
  readonly ws: WebSocket;
  readonly attachment: Attachment;
  /** Characters that may wait in it, unacknowledged. */
  readonly limit: () => number;
  /** The version of the state when this life began: until then everything was told. */
  readonly current: number;
}

/** One socket: what it is, what it has been told, and how much of that it has not acknowledged. */
export class Socket {
  readonly #ws: WebSocket;
  readonly #limit: () => number;
  readonly #credit = new Credit();
  readonly #bucket: TokenBucket;
  #attachment: Attachment;
  #subscription: Subscription | undefined;
  /** Frames in a row that were not understood. */
  invalidFrames = 0;
  /** Frames that came while a token is being checked [W9]. */
  backlog: (string | ArrayBuffer)[] | undefined;

  constructor({ ws, attachment, limit, current }: SocketOptions) {
    this.#ws = ws;
    this.#attachment = attachment;
    this.#limit = limit;
    this.#bucket = new TokenBucket({ perSecond: FRAMES_PER_SECOND_MAX, burst: FRAMES_BURST_MAX }, Date.now());
    const { watch } = attachment;
    if (watch === undefined) return;
    // Who follows the whole state was told of every step: nobody notes each of them.
    const isNoted = watch.path !== '' || watch.pausedAt !== undefined;
    const sent =
      watch.epoch === undefined ? undefined : { epoch: watch.epoch, version: isNoted ? watch.version : current };
    this.#subscription = { path: watch.path, sent, currentTo: watch.pausedAt === undefined ? current : watch.version };
  }

  get attachment(): Attachment {
    return this.#attachment;
  }

  get identity(): SocketIdentity {
    return this.#attachment.identity;
  }

  /** What it follows; undefined when it follows nothing. */
  get subscription(): Subscription | undefined {
    return this.#subscription;
  }

  get isPaused(): boolean {
    return this.#attachment.watch?.pausedAt !== undefined;
  }

  /** Takes the token of one more frame. */
  takeFrameToken(now: number): 'granted' | 'refused' {
    return this.#bucket.consume(now);
  }

  /** Changes what outlives this life. */
  saveAttachment(change: Partial<Attachment>): void {
    this.#attachment = { ...this.#attachment, ...change };
    this.#ws.serializeAttachment(this.#attachment);
  }

  follow(subscription: Subscription | undefined): void {
    this.#subscription = subscription;
    const { watch: _, ...rest } = this.#attachment;
    this.#attachment = rest;
    if (subscription === undefined) this.saveAttachment({});
    else this.#saveProgress(subscription);
  }

  /** Tells a step of the state, or that it does not fit [W11]. */
  sendUpdate(text: string): void {
    if (text.length > this.#limit()) {
      this.follow(undefined);
      this.sendText(RESYNC_FRAME);
      return;
    }
    if (this.#subscription !== undefined && this.#mustSaveProgress(this.#subscription))
      this.#saveProgress(this.#subscription);
    this.sendText(text);
    if (this.#credit.outstanding > this.#limit()) this.#pause();
  }

  send(frame: ServerFrame): void {
    this.sendText(JSON.stringify(frame));
  }

  /** The output gate holds it until everything written before is durable. */
  sendText(text: string): void {
    const limit = this.#limit();
    if (this.#credit.outstanding > 2 * limit) {
      this.close('too-slow');
      return;
    }
    try {
      this.#ws.send(text);
    } catch {
      // Closed meanwhile: the platform tells in its own time.
      return;
    }
    const mark = this.#credit.recordSent(text.length, limit);
    if (mark !== undefined) this.#ws.send(`{"type":"mark","mark":${mark}}`);
  }

  /** @returns whether it may be told again what it has missed */
  acknowledged(mark: number): 'caught-up' | 'behind' {
    this.#credit.acknowledge(mark);
    const { watch } = this.#attachment;
    if (watch?.pausedAt === undefined || this.#credit.outstanding > this.#limit() / 2) return 'behind';
    const { pausedAt: _, ...rest } = watch;
    this.saveAttachment({ watch: rest });
    return 'caught-up';
  }

  isExpired(now: number): boolean {
    return (
      this.identity.kind === 'known' && this.identity.expires !== undefined && now >= this.identity.expires * 1_000
    );
  }

  isLost(now: number): boolean {
    const since = this.#attachment.watch?.pausedAt;
    return since !== undefined && now - since > PAUSED_MS_MAX;
  }

  /** Says why, then closes: 4000 + the HTTP status of the reason [W16]. */
  refuse(problem: Problem): void {
    this.#attempt(() => this.#ws.send(JSON.stringify({ type: 'error', problem: problemBody(problem) })));
    this.close(problem.name);
  }

  close(reason: ProblemName): void {
    this.closeWith(4_000 + PROBLEMS[reason][0], reason);
  }

  closeWith(code: number, reason: string): void {
    this.#attempt(() => this.#ws.close(code, reason));
  }

  #pause(): void {
    if (this.#subscription === undefined || this.isPaused) return;
    this.#saveProgress(this.#subscription, { pausedAt: Date.now() });
    this.sendText('{"type":"paused"}');
  }

  /** The version of a part is not the state's; that of the whole state is, in any later life. */
  #mustSaveProgress({ path, sent }: Subscription): boolean {
    return path !== '' || sent?.epoch !== this.#attachment.watch?.epoch;
  }

  #saveProgress({ path, sent, currentTo }: Subscription, paused: { readonly pausedAt?: number } = {}): void {
    const epoch = sent === undefined ? {} : { epoch: sent.epoch };
    this.saveAttachment({ watch: { path, ...epoch, version: sent?.version ?? currentTo, ...paused } });
  }

  #attempt(act: () => void): void {
    try {
      act();
    } catch {
      // It is closed already.
    }
  }
}

const RESYNC_FRAME = '{"type":"resync"}';
