import { PUBLIC_PROTOCOL, SOCKET_PROTOCOL, TOKEN_PROTOCOL } from '../../protocol/frames.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import { type HttpClient, parseProblem } from '../platform/http-client.ts';

/** Characters that are allowed in the name of a subprotocol, as in every JWT; a longer header is cut off by proxies. */
const OFFERABLE = /^[\w.-]{1,4096}$/;
const TIMEOUT_MS = 10_000;
/** The server would have opened a socket. */
const UPGRADE_REQUIRED = 426;

/**
 * Whether the token is offered in the handshake: the server then opens a socket only for those it knows. Any other token
 * goes in the first frame [W2].
 */
export const isOffered = (token: string | undefined): token is string => token !== undefined && OFFERABLE.test(token);

/** The subprotocols of a handshake. */
export const subprotocols = (token: string | undefined): string[] =>
  isOffered(token)
    ? [SOCKET_PROTOCOL, TOKEN_PROTOCOL + token]
    : token === undefined
      ? [SOCKET_PROTOCOL, PUBLIC_PROTOCOL]
      : [SOCKET_PROTOCOL];

/**
 * Asks why a handshake was refused. Browsers do not tell that of a socket, but a plain request for the same address is
 * refused for the same reason; a `401` also makes the client fetch another token.
 *
 * @returns undefined when there is no reason to be had
 */
export const readRefusal = async (http: HttpClient): Promise<ProblemBody | undefined> => {
  const answer = await http.call({ path: '/socket', controller: new AbortController(), timeoutMs: TIMEOUT_MS });
  return answer.status >= 400 && answer.status !== UPGRADE_REQUIRED ? parseProblem(answer) : undefined;
};
