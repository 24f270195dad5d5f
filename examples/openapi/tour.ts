// The tour of the README with a client that `openapi-typescript` has generated:
//   npx openapi-typescript http://localhost:8787/openapi.json -o changebucket.d.ts
import createClient from 'openapi-fetch';
import type { paths } from './changebucket.d.ts';

const [baseUrl = 'http://localhost:8787', app = 'notes'] = process.argv.slice(2);
const api = createClient<paths>({ baseUrl });
const application = { owner: 'me', app };
const merge = { 'Content-Type': 'application/merge-patch+json' };

const push = (n: number, body: { [name: string]: unknown }, wait?: number) =>
  api.PUT('/v1/apps/{owner}/{app}/changes/{client}/{n}', {
    params: {
      path: { ...application, client: 'laptop', n },
      header: wait === undefined ? {} : { Prefer: `wait=${wait}` },
    },
    headers: merge,
    body,
  });

for (const attempt of ['first', 'repeated']) {
  const { data, error } = await push(1, { milk: 1 });
  if (error !== undefined) throw new Error(`${error.type}: ${error.detail}`);
  console.log(attempt, JSON.stringify(data));
}

const waited = await push(2, { tea: 2 }, 5);
console.log(waited.response.status, waited.response.headers.get('Location'));

const ticket = await api.GET('/v1/apps/{owner}/{app}/changes/{client}/{n}', {
  params: { path: { ...application, client: 'laptop', n: 2 } },
});
if (ticket.data?.status === 'applied') console.log('applied in version', ticket.data.version);

const state = await api.GET('/v1/apps/{owner}/{app}/state', {
  params: { path: application, header: { Prefer: 'drain' } },
});
console.log(JSON.stringify(state.data));

const gap = await push(7, { x: 1 });
console.log(gap.error?.type, gap.error?.expected);

const events = await api.GET('/v1/apps/{owner}/{app}/state', {
  params: { path: application },
  headers: { Accept: 'text/event-stream' },
  parseAs: 'stream',
});
const reader = events.data?.getReader();
console.log(new TextDecoder().decode((await reader?.read())?.value).split('\n')[0]);
await reader?.cancel();
