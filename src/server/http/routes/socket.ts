import { Refusal } from '../../../core/json/refusal.ts';
import { SOCKET_PROTOCOL } from '../../../protocol/frames.ts';
import { AUTH_DEADLINE_MS } from '../../../protocol/limits.ts';
import { problem } from '../../../protocol/problems.ts';
import { type Who, whoIs } from '../../access/who.ts';
import { shakeHands } from '../object/call-application.ts';
import { applicationParam, authorized, type Ctx, need } from '../request/context.ts';
import { isUpgrade, offeredProtocols } from '../request/handshake.ts';
import { problemAnswer } from '../response/response.ts';

/** `GET …/socket`: everything is checked here, before the application is woken. */
export const openSocket = async (c: Ctx): Promise<Response> => {
  const headers = c.get('headers');
  const who = whoAsks(c);
  if (!isUpgrade(headers)) {
    return problemAnswer(problem('upgrade-required', 'Ask with "Upgrade: websocket".'), {
      headers: { Upgrade: 'websocket' },
    });
  }
  if (!offeredProtocols(headers).includes(SOCKET_PROTOCOL)) {
    throw new Refusal(problem('invalid-header', `Offer "Sec-WebSocket-Protocol: ${SOCKET_PROTOCOL}".`));
  }
  const shaken = await shakeHands(c, applicationParam(c), who);
  if (shaken.kind === 'refused') return problemAnswer(shaken.problem);
  const { webSocket } = shaken;
  return new Response(null, { status: 101, webSocket, headers: { 'Sec-WebSocket-Protocol': SOCKET_PROTOCOL } });
};

/** Somebody who has not said who it is may say so on the socket, for a while [W2]. */
const whoAsks = (c: Ctx): Who => {
  const principal = c.get('principal');
  if (principal.kind === 'guest') return { kind: 'guest', until: Date.now() + AUTH_DEADLINE_MS };
  return need(whoIs(principal, authorized(c, 'reader')));
};
