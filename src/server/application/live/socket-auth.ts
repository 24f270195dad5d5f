import type { ServerFrame } from '../../../protocol/frames.ts';
import type { ApplicationId } from '../../../protocol/ids.ts';
import { type Problem, problem, problemBody } from '../../../protocol/problems.ts';
import { authenticateToken } from '../../access/authenticate.ts';
import type { AccessEnvironment } from '../../access/environment.ts';
import { countRefusedToken } from '../../access/refused-tokens.ts';
import { settingsOf } from '../../access/settings.ts';
import { identityOf, passOf, type SocketIdentity } from '../../access/socket-identity.ts';
import { describeError, log } from '../../logging/log.ts';
import type { Admission } from '../admission/admission.ts';
import type { Socket } from './socket.ts';

export interface SocketAuthOptions {
  /** Id of the application. */
  readonly identity: () => ApplicationId;
  /** `owner/app` for log lines. Never throws. */
  readonly name: () => string;
  readonly access: AccessEnvironment;
  readonly admission: Pick<Admission, 'check'>;
  /** Called when a socket got an identity. */
  readonly onAdmitted: (identity: SocketIdentity) => void;
}

/** Checks the tokens by which sockets renew theirs [W12]. The Worker has checked the first one. */
export class SocketAuth {
  readonly #options: SocketAuthOptions;

  constructor(options: SocketAuthOptions) {
    this.#options = options;
  }

  /** Handles an `auth` frame. Never rejects. */
  async authenticate(socket: Socket, token: string): Promise<void> {
    try {
      const refusal = await this.#check(socket, token);
      if (refusal?.name === 'unauthorized') countRefusedToken();
      if (refusal !== undefined) socket.send({ type: 'error', problem: problemBody(refusal) });
    } catch (error) {
      log('error', 'a token could not be checked', { application: this.#options.name(), ...describeError(error) });
      socket.close('unavailable');
    }
  }

  /** @returns why the token does not renew the socket, which stays open until its present token expires */
  async #check(socket: Socket, token: string): Promise<Problem | undefined> {
    const settings = settingsOf(this.#options.access);
    // Under open access [A6] there may be no secret to check a token with.
    if (settings.kind === 'none') return this.#admit(socket, socket.identity);
    const principal = settings.kind === 'problem' ? settings : await authenticateToken(token, settings);
    const identity = principal.kind === 'problem' ? principal : identityOf(principal, this.#options.identity());
    if (identity.kind === 'problem') return identity.problem;
    const refusal = await this.#options.admission.check(identity.subject, passOf(identity), 'socket');
    // Its present token may have been revoked meanwhile.
    if (refusal !== undefined || socket.isClosed) return refusal;
    return this.#admit(socket, identity);
  }

  #admit(socket: Socket, identity: SocketIdentity): Problem | undefined {
    if (socket.identity.subject !== identity.subject)
      return problem('forbidden', 'A socket keeps its subject: open another one.');
    socket.saveAttachment({ identity });
    this.#options.onAdmitted(identity);
    socket.send(authorizedFrame(identity));
    return undefined;
  }
}

export const authorizedFrame = (identity: SocketIdentity): ServerFrame => ({
  type: 'authorized',
  role: identity.role,
  ...(identity.expires === undefined ? {} : { expires: identity.expires }),
});

export const expiredToken = (): Problem => problem('unauthorized', 'The token has expired.');
