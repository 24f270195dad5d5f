import type { Clock } from './clock.ts';
import type { ServerDouble } from './server.ts';

/** The fate of one request. */
export type Fate = 'fine' | 'request lost' | 'answer lost' | 'twice' | 'unavailable' | 'not ours';

/** A `fetch` to the server double, over a network with faults. */
export const networkTo = (
  server: ServerDouble,
  clock: Clock,
  { fate = () => 'fine', delay = () => 5 }: { fate?: (method: string) => Fate; delay?: () => number } = {},
): typeof fetch & { readonly fates: Map<Fate, number> } => {
  const fates = new Map<Fate, number>();
  const send = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const isPush = init.method === 'PUT';
    const fateOfThis = fate(init.method ?? 'GET');
    fates.set(fateOfThis, (fates.get(fateOfThis) ?? 0) + 1);
    await clock.sleep(delay());
    if (fateOfThis === 'request lost') throw new TypeError('the request was lost');
    if (fateOfThis === 'unavailable') return unavailable();
    if (fateOfThis === 'not ours') return new Response('<p>Sign in to the network</p>', { status: 200 });
    const answer = server.handle(url, init);
    // A delayed copy of the request arrives later.
    if (fateOfThis === 'twice' && isPush) void clock.sleep(delay() * 4).then(() => server.handle(url, init));
    await clock.sleep(delay());
    if (fateOfThis === 'answer lost') throw new TypeError('the answer was lost');
    return answer;
  };
  const counted = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = String(input);
    const kind = init.method === 'PUT' ? 'pushes' : 'polls';
    const most = `${kind}Most` as const;
    server[kind] += url.endsWith('/state') || kind === 'pushes' ? 1 : 0;
    server[most] = Math.max(server[most], server[kind]);
    try {
      return await abortable(send(url, init), init.signal ?? undefined);
    } finally {
      server[kind] -= url.endsWith('/state') || kind === 'pushes' ? 1 : 0;
    }
  };
  return Object.assign(counted as typeof fetch, { fates });
};

const abortable = (answer: Promise<Response>, signal: AbortSignal | undefined): Promise<Response> =>
  new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')), { once: true });
    answer.then(resolve, reject);
  });

const unavailable = (): Response =>
  new Response(
    JSON.stringify({
      type: 'urn:changebucket:problem:unavailable',
      title: 'no',
      status: 503,
      detail: 'no',
      retryAfter: 1,
    }),
    { status: 503, headers: { 'Retry-After': '1', 'Content-Type': 'application/problem+json' } },
  );
