import { TOKEN_PROTOCOL } from '../../../protocol/frames.ts';

/** Whether a request asks for a socket: it may come without a token, and no preflight protects it [W2] [W3]. */
export const isHandshake = (request: Request): boolean =>
  isUpgrade(request) && new URL(request.url).pathname.endsWith('/socket');

export const isUpgrade = ({ headers }: Request): boolean => headers.get('Upgrade')?.toLowerCase() === 'websocket';

export const offeredProtocols = ({ headers }: Request): string[] =>
  (headers.get('Sec-WebSocket-Protocol') ?? '').split(',').map((each) => each.trim());

/** The token among the offered subprotocols: the one thing a browser lets a page say in a handshake. */
export const offeredToken = (request: Request): string | undefined =>
  offeredProtocols(request)
    .find((each) => each.startsWith(TOKEN_PROTOCOL))
    ?.slice(TOKEN_PROTOCOL.length);
