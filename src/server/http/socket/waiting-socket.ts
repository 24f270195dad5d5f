import type { Failure } from '../../../core/json/failure.ts';
import { Backlog, type Message } from '../../../core/limits/backlog.ts';
import { AUTH_DEADLINE_MS, UNAUTHENTICATED_BACKLOG_LENGTH_MAX } from '../../../protocol/limits.ts';
import { PROBLEMS, type Problem, problem, problemBody } from '../../../protocol/problems.ts';
import { tokenInFirstFrame } from './auth-frame.ts';
import { attempt, passClose, relay } from './relay.ts';
import { takeSlot } from './waiting-slots.ts';

/** The steps that let a socket in. */
export interface Admission<Identity> {
  readonly authenticate: (token: string) => Promise<Identity | Failure>;
  /** Opens the application's socket. */
  readonly open: (identity: Identity) => Promise<WebSocket | Problem>;
  /** Handles an unexpected error. @returns the problem to send */
  readonly onError: (error: unknown) => Problem;
}

/**
 * A socket that came without a token. It waits in the Worker until its first frame brings one: nobody who has not been
 * authenticated wakes an application or takes a slot there. Afterwards the Worker passes on its frames.
 */
export class WaitingSocket<Identity extends { readonly kind: string }> {
  readonly #ws: WebSocket;
  readonly #admission: Admission<Identity>;
  readonly #token = Promise.withResolvers<string>();
  readonly #stopped = Promise.withResolvers<Problem>();
  /** Frames behind the first one: they are judged by its token [W9], and not looked at before. */
  readonly #backlog = new Backlog(UNAUTHENTICATED_BACKLOG_LENGTH_MAX);
  #state: 'silent' | 'authenticating' | 'admitted' | 'closed' = 'silent';

  constructor(ws: WebSocket, admission: Admission<Identity>) {
    this.#ws = ws;
    this.#admission = admission;
    ws.addEventListener('message', ({ data }) => this.#receive(data));
    ws.addEventListener('close', () => this.#stop('closed by the client'));
    ws.addEventListener('error', () => this.#stop('broken'));
    // Not blobs: a relay passes on what it was sent.
    ws.binaryType = 'arraybuffer';
    ws.accept();
  }

  /** Resolves once the socket is let in or closed. Never rejects. */
  async admit(): Promise<void> {
    const leave = takeSlot(() => this.#stop('another socket needs its slot'));
    const deadline = setTimeout(() => this.#refuseFirst(), AUTH_DEADLINE_MS);
    try {
      const token = await Promise.race([this.#token.promise, this.#stopped.promise]);
      if (typeof token === 'string') await this.#admitWith(token);
      else this.#refuse(token);
    } catch (error) {
      this.#refuse(this.#admission.onError(error));
    } finally {
      clearTimeout(deadline);
      leave();
    }
  }

  async #admitWith(token: string): Promise<void> {
    const { authenticate, open } = this.#admission;
    const identity = await Promise.race([authenticate(token), this.#stopped.promise]);
    if ('name' in identity) return this.#refuse(identity as Problem);
    if (identity.kind === 'problem') return this.#refuse((identity as Failure).problem);
    const opened = await open(identity as Identity);
    if ('name' in opened) this.#refuse(opened);
    else this.#connect(opened);
  }

  #connect(application: WebSocket): void {
    relay(application, this.#ws);
    application.accept();
    if (this.#state === 'closed') {
      passClose(application, 1000, 'closed');
      return;
    }
    for (let next = this.#backlog.take(); next !== undefined; next = this.#backlog.take()) application.send(next);
    this.#state = 'admitted';
    relay(this.#ws, application);
  }

  #receive(message: Message): void {
    if (this.#state === 'silent') this.#receiveFirst(message);
    else if (this.#state === 'authenticating' && this.#backlog.add(message) === 'full') {
      this.#refuse(problem('rate-limited', 'Too many frames before the token was checked.', { retryAfter: 1 }));
    }
  }

  #receiveFirst(message: Message): void {
    const token = tokenInFirstFrame(message);
    if (token === undefined) {
      this.#refuseFirst();
      return;
    }
    this.#state = 'authenticating';
    this.#token.resolve(token);
  }

  #refuseFirst(): void {
    this.#refuse(problem('unauthorized', 'Send an "auth" frame first.'));
  }

  /** May be called from another request, which must not touch this socket: only the promise leads back to it. */
  #stop(reason: string): void {
    this.#stopped.resolve(problem('unavailable', `The socket was not let in: ${reason}.`, { retryAfter: 1 }));
  }

  /** Sends the problem, then closes [W16]. */
  #refuse(reason: Problem): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#stopped.resolve(reason);
    attempt(() => this.#ws.send(JSON.stringify({ type: 'error', problem: problemBody(reason) })));
    attempt(() => this.#ws.close(4_000 + PROBLEMS[reason.name][0], reason.name));
  }
}
