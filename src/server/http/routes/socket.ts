import { ProblemError } from '../../../core/json/problem-error.ts';
import { SOCKET_PROTOCOL } from '../../../protocol/frames.ts';
import { AUTH_DEADLINE_MS } from '../../../protocol/limits.ts';
import { problem } from '../../../protocol/problems.ts';
import { identityOf, type SocketIdentity } from '../../access/socket-identity.ts';
import { openApplicationSocket } from '../object/call-application.ts';
import { applicationParam, type Ctx, requireRole, unwrap } from '../request/context.ts';
import { isUpgrade, offeredProtocols } from '../request/handshake.ts';
import { problemResponse } from '../response/response.ts';

/** `GET …/socket`. Everything is checked here, before the application is woken. */
export const openSocket = async (c: Ctx): Promise<Response> => {
  const headers = c.get('headers');
  const identity = socketIdentity(c);
  if (!isUpgrade(headers)) {
    return problemResponse(problem('upgrade-required', 'Send the header "Upgrade: websocket".'), {
      headers: { Upgrade: 'websocket' },
    });
  }
  if (!offeredProtocols(headers).includes(SOCKET_PROTOCOL)) {
    throw new ProblemError(problem('invalid-header', `Send the header "Sec-WebSocket-Protocol: ${SOCKET_PROTOCOL}".`));
  }
  const handshake = await openApplicationSocket(c, applicationParam(c), identity);
  if (handshake.kind === 'refused') return problemResponse(handshake.problem);
  const { webSocket } = handshake;
  return new Response(null, { status: 101, webSocket, headers: { 'Sec-WebSocket-Protocol': SOCKET_PROTOCOL } });
};

/** The identity for a new socket. Without a token it may authenticate on the socket, until a deadline [W2]. */
const socketIdentity = (c: Ctx): SocketIdentity => {
  const principal = c.get('principal');
  if (principal.kind === 'unauthenticated') return { kind: 'unauthenticated', until: Date.now() + AUTH_DEADLINE_MS };
  return unwrap(identityOf(principal, requireRole(c, 'reader')));
};
