import { createClient } from '../../../src/client/index.ts';
import { memoryStorage } from '../../../src/client/storage/storage.ts';
import { sleep } from '../wait.ts';

// Asks a server through whatever stands before it, as clients do, and prints what came of it as one line of JSON. It is a
// process of its own because Node takes the certificate to trust from its environment.

const [url = '', token = '', owner = ''] = process.argv.slice(2);
const app = `${url}/v1/apps/${owner}/list`;
const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };

const seen: Record<string, unknown> = {};

const push = (n: number, more: Record<string, string> = {}): Promise<Response> =>
  fetch(`${app}/changes/curl/${n}`, {
    method: 'PUT',
    headers: { ...headers, ...more },
    body: JSON.stringify({ name: 'merge', args: { n, text: 'x'.repeat(200) } }),
  });

const first = await push(1);
seen['push'] = first.status;
const read = await fetch(`${app}/state`, { headers: { ...headers, Prefer: 'drain' } });
const etag = read.headers.get('ETag') ?? '';
seen['state'] = [read.status, await read.json()];
seen['304'] = (await fetch(`${app}/state`, { headers: { ...headers, 'If-None-Match': etag } })).status;
const waiting = fetch(`${app}/state`, {
  headers: { ...headers, 'If-None-Match': etag, 'A-IM': 'json-patch', Prefer: 'wait=20' },
});
await sleep(300);
await push(2);
const patched = await waiting;
seen['long-poll, 226'] = [patched.status, await patched.json()];

// What the browser says of the page, and what a stranger says of a proxy.
const own = { Origin: new URL(url).origin };
seen['own origin'] = (await push(3, own)).status;
seen['foreign origin'] = (await push(4, { Origin: 'https://evil.example' })).status;
const forged = { 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '192.0.2.1' };
seen['forged origin'] = (await push(4, { Origin: 'https://evil.example', ...forged })).status;

for (const transport of ['poll', 'long-poll', 'sse', 'socket'] as const) {
  const options = { url, application: `${owner}/${transport}`, token, transport, storage: memoryStorage() };
  const [writer, reader] = [createClient(options), createClient(options)];
  const came = new Promise<void>((resolve) => {
    reader.subscribe(
      (state) => JSON.stringify(state),
      () => resolve(),
    );
  });
  await writer.push.merge({ sent: transport }).applied;
  await came;
  for (let tries = 0; tries < 100 && reader.status.transport !== transport; tries += 1) await sleep(100);
  seen[transport] = [reader.state, reader.status.transport];
  writer.close();
  reader.close();
}

// A body and an answer of some size, both in pieces.
await fetch(`${app}/changes`, {
  method: 'POST',
  headers,
  body: JSON.stringify({ name: 'merge', args: { text: 'x'.repeat(200_000) } }),
});
const backup = await (await fetch(`${app}/export`, { headers })).text();
const imported = await fetch(`${app}-copy/import`, {
  method: 'PUT',
  headers: { ...headers, 'Content-Type': 'application/x-ndjson' },
  body: backup,
});
seen['backup'] = [backup.length > 200_000, imported.status];

console.log(JSON.stringify(seen));
process.exit(0);
