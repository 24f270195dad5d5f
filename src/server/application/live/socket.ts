import type { Backlog } from '../../../core/limits/backlog.ts';
import { Credit } from '../../../core/limits/credit.ts';
import { TokenBucket } from '../../../core/limits/token-bucket.ts';
import type { ServerFrame } from '../../../protocol/frames.ts';
import {
  FRAMES_BURST_MAX,
  FRAMES_PER_SECOND_MAX,
  PAUSED_MS_MAX,
  SOCKET_LENGTH_BURST_MAX,
  SOCKET_LENGTH_PER_SECOND_MAX,
} from '../../../protocol/limits.ts';
import { PROBLEMS, type Problem, type ProblemName, problemBody } from '../../../protocol/problems.ts';
import type { SocketIdentity } from '../../access/socket-identity.ts';
import { type Attachment, restoreSubscription, watchOf } from './attachment.ts';
import { randomMark } from './random-mark.ts';
import type { Subscription } from './subscription.ts';

export interface SocketOptions {
  readonly ws: WebSocket;
  readonly attachment: Attachment;
  /** Returns how many characters may be unacknowledged. */
  readonly limit: () => number;
  /** Version of the state when this instance began: the previous one had delivered everything up to it. */
  readonly current: number;
  /** Called for each frame that is sent. */
  readonly onSent?: (() => void) | undefined;
}

/** One socket: its identity, its subscription, and how much of what it was sent is unacknowledged. */
export class Socket {
  readonly ws: WebSocket;
  readonly #limit: () => number;
  readonly #onSent: (() => void) | undefined;
  readonly #credit = new Credit(randomMark);
  readonly #frames: TokenBucket;
  readonly #length: TokenBucket;
  #attachment: Attachment;
  #subscription: Subscription | undefined;
  #isClosed = false;
  /** Number of invalid frames in a row [W4]. */
  invalidFrames = 0;
  /** Frames that arrive while a token is being checked [W9]. Undefined while none is. */
  backlog: Backlog | undefined;

  constructor({ ws, attachment, limit, current, onSent }: SocketOptions) {
    this.ws = ws;
    this.#onSent = onSent;
    this.#attachment = attachment;
    this.#limit = limit;
    const now = Date.now();
    this.#frames = new TokenBucket({ perSecond: FRAMES_PER_SECOND_MAX, burst: FRAMES_BURST_MAX }, now);
    this.#length = new TokenBucket({ perSecond: SOCKET_LENGTH_PER_SECOND_MAX, burst: SOCKET_LENGTH_BURST_MAX }, now);
    this.#subscription = restoreSubscription(attachment, current);
  }

  get attachment(): Attachment {
    return this.#attachment;
  }

  get identity(): SocketIdentity {
    return this.#attachment.identity;
  }

  /** '' before it is authenticated. */
  get subject(): string {
    return this.identity.kind === 'known' ? this.identity.subject : '';
  }

  /** Undefined when it follows nothing. */
  get subscription(): Subscription | undefined {
    return this.#subscription;
  }

  get isPaused(): boolean {
    return this.#attachment.watch?.pausedAt !== undefined;
  }

  /** Whether this side has closed it: what still arrives is not looked at. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Counts a frame of so many characters against the rate limits [W13]. */
  takeFrame(length: number, now: number): 'granted' | 'refused' {
    return this.#frames.consume(now) === 'granted' ? this.#length.consume(now, length) : 'refused';
  }

  /** Changes the part that survives hibernation. */
  saveAttachment(change: Partial<Attachment>): void {
    this.#attachment = { ...this.#attachment, ...change };
    this.ws.serializeAttachment(this.#attachment);
  }

  /** Replaces the subscription; undefined ends it. Also ends a pause. */
  follow(subscription: Subscription | undefined): void {
    this.#subscription = subscription;
    const { watch: _, ...rest } = this.#attachment;
    this.#attachment = rest;
    if (subscription === undefined) this.saveAttachment({});
    else this.#saveProgress(subscription);
  }

  /** Sends a step of the state, or `resync` when the step is too large [W11]. */
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

  /** Sends a frame. The output gate holds it back until everything written before is durable. */
  sendText(text: string): void {
    const limit = this.#limit();
    if (this.#credit.outstanding > 2 * limit) {
      this.close('too-slow');
      return;
    }
    try {
      this.ws.send(text);
    } catch {
      // It was closed meanwhile; the platform calls `webSocketClose` later.
      return;
    }
    this.#onSent?.();
    const mark = this.#credit.recordSent(text.length, limit);
    if (mark !== undefined) this.ws.send(`{"type":"mark","mark":${mark}}`);
  }

  /** @returns `resumed` when the socket was paused and may be sent updates again */
  acknowledged(mark: number): 'resumed' | 'unchanged' {
    this.#credit.acknowledge(mark);
    const { watch } = this.#attachment;
    if (watch?.pausedAt === undefined || this.#credit.outstanding > this.#limit() / 2) return 'unchanged';
    const { pausedAt: _, ...rest } = watch;
    this.saveAttachment({ watch: rest });
    return 'resumed';
  }

  /** Whether its token has expired. @param now ms since 1970 */
  isExpired(now: number): boolean {
    const { expires } = this.identity;
    return expires !== undefined && now >= expires * 1_000;
  }

  /** Whether it has been paused for too long [W11]. @param now ms since 1970 */
  isLost(now: number): boolean {
    const since = this.#attachment.watch?.pausedAt;
    return since !== undefined && now - since > PAUSED_MS_MAX;
  }

  /** Sends the problem, then closes [W16]. */
  refuse(problem: Problem): void {
    this.#isClosed = true;
    refuseSocket(this.ws, problem);
  }

  /** Closes with 4000 + the HTTP status of the reason [W16]. */
  close(reason: ProblemName): void {
    this.closeWith(codeOf(reason), reason);
  }

  closeWith(code: number, reason: string): void {
    this.#isClosed = true;
    this.#attempt(() => this.ws.close(code, reason));
  }

  #pause(): void {
    if (this.#subscription === undefined || this.isPaused) return;
    this.#saveProgress(this.#subscription, Date.now());
    this.sendText('{"type":"paused"}');
  }

  /** Whether the sent version must be stored now. Not for the whole state: a later instance takes the current version. */
  #mustSaveProgress({ path, sent }: Subscription): boolean {
    return path !== '' || sent?.epoch !== this.#attachment.watch?.epoch;
  }

  #saveProgress(subscription: Subscription, pausedAt?: number): void {
    this.saveAttachment({ watch: watchOf(subscription, pausedAt) });
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

/** Sends the problem to a socket, then closes it [W16]. */
export const refuseSocket = (ws: WebSocket, problem: Problem): void => {
  try {
    ws.send(JSON.stringify({ type: 'error', problem: problemBody(problem) }));
    ws.close(codeOf(problem.name), problem.name);
  } catch {
    // It is closed already.
  }
};

const codeOf = (reason: ProblemName): number => 4_000 + PROBLEMS[reason][0];
