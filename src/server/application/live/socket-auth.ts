import type { ApplicationId } from '../../../protocol/ids.ts';
import { type Problem, problem, problemBody } from '../../../protocol/problems.ts';
import { authenticateToken } from '../../access/authenticate.ts';
import type { AccessEnvironment } from '../../access/environment.ts';
import { settingsOf } from '../../access/settings.ts';
import { type AuthenticatedIdentity, identityOf } from '../../access/socket-identity.ts';
import { describeError, log } from '../../logging/log.ts';
import type { Socket } from './socket.ts';
import { authorizedFrame } from './sockets.ts';

export interface SocketAuthOptions {
  /** Which application this is. */
  readonly identity: () => ApplicationId;
  readonly access: AccessEnvironment;
}

/** Lets sockets in, and lets them stay, by their tokens [W2] [W12]. */
export class SocketAuth {
  readonly #options: SocketAuthOptions;

  constructor(options: SocketAuthOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async authenticate(socket: Socket, token: string): Promise<void> {
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
    if (settings.kind === 'none' && socket.identity.kind === 'known') return this.#admit(socket, socket.identity);
    const principal = settings.kind === 'problem' ? settings : await authenticateToken(token, settings);
    const identity = principal.kind === 'problem' ? principal : identityOf(principal, this.#options.identity());
    if (identity.kind === 'known') return this.#admit(socket, identity);
    // Who was let in before stays until its token ends.
    if (socket.identity.kind === 'known') return identity.problem;
    socket.refuse(identity.problem);
    return undefined;
  }

  #admit(socket: Socket, identity: AuthenticatedIdentity): Problem | undefined {
    const before = socket.identity;
    if (before.kind === 'known' && before.subject !== identity.subject)
      return problem('forbidden', 'A socket keeps its subject: open another one.');
    socket.saveAttachment({ identity });
    socket.send(authorizedFrame(identity));
    return undefined;
  }
}
