import { ProblemError } from '../../../core/json/problem-error.ts';
import { SOCKET_PROTOCOL } from '../../../protocol/frames.ts';
import { AUTH_DEADLINE_MS } from '../../../protocol/limits.ts';
import { problem } from '../../../protocol/problems.ts';
import { identityOf, type SocketIdentity } from '../../access/socket-identity.ts';
import { openApplicationSocket } from '../object/call-application.ts';
import { applicationParam, type Ctx, requireRole, unwrap } from '../request/context.ts';
import { isUpgrade, offeredProtocols } from '../request/handshake.ts';
import { problemResponse } from '../response/response.ts';

/** `GET …/socket`: everything is checked here, before the application is woken. */
export const openSocket = async (c: Ctx): Promise<Response> => {
  const headers = c.get('headers');
  const identity = socketIdentity(c);
  if (!isUpgrade(headers)) {
    return problemResponse(problem('upgrade-required', 'Ask with "Upgrade: websocket".'), {
      headers: { Upgrade: 'websocket' },
    });
  }
  if (!offeredProtocols(headers).includes(SOCKET_PROTOCOL)) {
    throw new ProblemError(problem('invalid-header', `Offer "Sec-WebSocket-Protocol: ${SOCKET_PROTOCOL}".`));
  }
  const shaken = await openApplicationSocket(c, applicationParam(c), identity);
  if (shaken.kind === 'refused') return problemResponse(shaken.problem);
  const { webSocket } = shaken;
  return new Response(null, { status: 101, webSocket, headers: { 'Sec-WebSocket-Protocol': SOCKET_PROTOCOL } });
};

/** Somebody who has not said who it is may say so on the socket, for a while [W2]. */
const socketIdentity = (c: Ctx): SocketIdentity => {
  const principal = c.get('principal');
  if (principal.kind === 'guest') return { kind: 'guest', until: Date.now() + AUTH_DEADLINE_MS };
  return unwrap(identityOf(principal, requireRole(c, 'reader')));
};
