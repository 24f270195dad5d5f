import { ProblemError } from '../../../core/json/problem-error.ts';
import { SOCKET_PROTOCOL } from '../../../protocol/frames.ts';
import { type ApplicationId, applicationName } from '../../../protocol/ids.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import { authenticateToken } from '../../access/authenticate.ts';
import { countRefusedToken } from '../../access/refused-tokens.ts';
import { settingsOf } from '../../access/settings.ts';
import { identityOf, type SocketIdentity } from '../../access/socket-identity.ts';
import { describeError, log } from '../../logging/log.ts';
import { openApplicationSocket } from '../object/call-application.ts';
import { applicationParam, type Ctx, requireRole, unwrap } from '../request/context.ts';
import { isUpgrade, offeredProtocols } from '../request/handshake.ts';
import { requestIdOf } from '../request/request-id.ts';
import { problemResponse } from '../response/response.ts';
import { WaitingSocket } from '../socket/waiting-socket.ts';

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
  const id = applicationParam(c);
  const opened = identity.kind === 'unauthenticated' ? waitForToken(c, id) : await openWith(c, id, identity);
  if ('name' in opened) return problemResponse(opened);
  return new Response(null, {
    status: 101,
    webSocket: opened,
    headers: { 'Sec-WebSocket-Protocol': SOCKET_PROTOCOL },
  });
};

/** The identity for a new socket. Without a token it may authenticate on the socket, until a deadline [W2]. */
const socketIdentity = (c: Ctx): SocketIdentity | { readonly kind: 'unauthenticated' } => {
  const principal = c.get('principal');
  if (principal.kind === 'unauthenticated') return { kind: 'unauthenticated' };
  return unwrap(identityOf(principal, requireRole(c, 'reader')));
};

const openWith = async (c: Ctx, id: ApplicationId, identity: SocketIdentity): Promise<WebSocket | Problem> => {
  const handshake = await openApplicationSocket(c, id, identity, requestIdOf(c));
  return handshake.kind === 'refused' ? handshake.problem : handshake.webSocket;
};

/** A token in a frame is refused without an answer of that status, where others are counted. */
const noteRefused = (c: Ctx, { name }: Problem): void => {
  if (name === 'unauthorized') countRefusedToken(requestIdOf(c));
};

/** Holds the socket in the Worker until its first frame has brought a token: the application hears nothing of it. */
const waitForToken = (c: Ctx, id: ApplicationId): WebSocket => {
  const { 0: client, 1: server } = new WebSocketPair();
  const waiting = new WaitingSocket<SocketIdentity>(server, {
    authenticate: async (token) => {
      const settings = settingsOf(c.env);
      const principal = settings.kind === 'problem' ? settings : await authenticateToken(token, settings);
      if (principal.kind !== 'problem') return identityOf(principal, id);
      noteRefused(c, principal.problem);
      return principal;
    },
    open: async (identity) => {
      const opened = await openWith(c, id, identity);
      if ('name' in opened) noteRefused(c, opened);
      return opened;
    },
    onError: (error) => {
      if (error instanceof ProblemError) return error.problem;
      const [application, request] = [applicationName(id), requestIdOf(c)];
      log('error', 'a socket could not be let in', { application, request, ...describeError(error) });
      return problem('unavailable', 'The token could not be checked.', { retryAfter: 1 });
    },
  });
  void waiting.admit();
  return client;
};
