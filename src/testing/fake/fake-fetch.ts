import type { FakeNetwork } from './fake-network.ts';
import type { FakePage } from './fake-page.ts';
import type { FakeRoutes } from './fake-routes.ts';
import { ANONYMOUS, senderOfToken } from './fake-token.ts';

const BEARER = 'Bearer ';

/** The `fetch` of a page: requests go to the fake server, over its network. */
export const fakeFetch =
  (routes: FakeRoutes, network: FakeNetwork, page: FakePage): typeof fetch =>
  (input, init = {}) =>
    new Promise((resolve, reject) => {
      const signal = init.signal ?? new AbortController().signal;
      signal.addEventListener('abort', () => reject(new DOMException('The request was aborted.', 'AbortError')));
      const headers = new Headers(init.headers);
      const token = headers.get('Authorization');
      const request = {
        method: init.method ?? 'GET',
        url: new URL(`${input instanceof Request ? input.url : input}`),
        headers,
        body: String(init.body ?? ''),
        sender: token?.startsWith(BEARER) ? senderOfToken(token.slice(BEARER.length)) : ANONYMOUS,
        signal,
      };
      const send = network.lane();
      /** Goes on where there is a network, and somebody waits for the answer. */
      const arrive = (next: () => void): void => {
        if (page.isOnline && !signal.aborted) next();
        else reject(new TypeError('There is no network.'));
      };
      arrive(() =>
        send(() =>
          arrive(() => {
            routes.answer(request).then((response) => send(() => arrive(() => resolve(response))), reject);
          }),
        ),
      );
    });
