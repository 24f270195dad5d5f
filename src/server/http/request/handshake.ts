import { TOKEN_PROTOCOL } from '../../../protocol/frames.ts';

/** Whether a request opens a socket. It may come without a token, and no preflight protects it [W2] [W3]. */
export const isUpgrade = (headers: Headers): boolean => headers.get('Upgrade')?.toLowerCase() === 'websocket';

/** The subprotocols that the client offers. */
export const offeredProtocols = (headers: Headers): string[] =>
  (headers.get('Sec-WebSocket-Protocol') ?? '').split(',').map((each) => each.trim());

/** The token among the offered subprotocols, the only part of a handshake that a browser lets a page set. */
export const offeredToken = (headers: Headers): string | undefined =>
  offeredProtocols(headers)
    .find((each) => each.startsWith(TOKEN_PROTOCOL))
    ?.slice(TOKEN_PROTOCOL.length);
