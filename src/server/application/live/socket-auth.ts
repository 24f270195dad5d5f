import type { ApplicationId } from '../../../protocol/ids.ts';
import { type Problem, problem, problemBody } from '../../../protocol/problems.ts';
import { authenticateToken } from '../../access/authenticate.ts';
import type { AccessEnvironment } from '../../access/environment.ts';
import { settingsOf } from '../../access/settings.ts';
import { type Known, whoIs } from '../../access/who.ts';
import { describeError, log } from '../../logging/log.ts';
import type { Socket } from './socket.ts';
import { authorized } from './sockets.ts';

export interface DoorOptions {
  /** Which application this is. */
  readonly identity: () => ApplicationId;
  readonly access: AccessEnvironment;
}

/** Lets sockets in, and lets them stay, by their tokens [W2] [W12]. */
export class Door {
  readonly #options: DoorOptions;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async knock(socket: Socket, token: string): Promise<void> {
    try {
      const trouble = await this.#check(socket, token);
      if (trouble !== undefined) socket.send({ type: 'error', problem: problemBody(trouble) });
    } catch (error) {
      log('error', 'a token could not be checked', describeError(error));
      socket.close('unavailable');
    }
  }

  async #check(socket: Socket, token: string): Promise<Problem | undefined> {
    const settings = settingsOf(this.#options.access);
    // Where everything is open there may be nothing to check a token with.
    if (settings.kind === 'none' && socket.who.kind === 'known') return this.#letIn(socket, socket.who);
    const principal = settings.kind === 'problem' ? settings : await authenticateToken(token, settings);
    const who = principal.kind === 'problem' ? principal : whoIs(principal, this.#options.identity());
    if (who.kind === 'known') return this.#letIn(socket, who);
    // Who was let in before stays until its token ends.
    if (socket.who.kind === 'known') return who.problem;
    socket.refuse(who.problem);
    return undefined;
  }

  #letIn(socket: Socket, who: Known): Problem | undefined {
    const before = socket.who;
    if (before.kind === 'known' && before.subject !== who.subject)
      return problem('forbidden', 'A socket keeps its subject: open another one.');
    socket.note({ who });
    socket.send(authorized(who));
    return undefined;
  }
}
