import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import { Redis } from 'ioredis';
import { Client } from 'memjs';
import { firstItems } from '../items.ts';

// The article's own parts. Push state, poll state: a change goes to the end of a list in Redis, which is on disk when it
// is answered; a worker takes them off, applies them and puts the state into memcached; polls read that. Challenge,
// response: a change is applied and on disk before it is answered, with the state.

const port = Number(process.env['PORT']);
const [redisPort, memcachedPort] = [port + 10_000, port + 20_000].map((each) => (each % 50_000) + 10_000);
const children: ChildProcess[] = [
  spawn('redis-server', [
    ...['--port', String(redisPort), '--bind', '127.0.0.1', '--dir', process.env['DATA'] ?? '/tmp', '--save', ''],
    ...['--appendonly', 'yes', '--appendfsync', 'always'],
  ]),
  spawn('memcached', ['-p', String(memcachedPort), '-l', '127.0.0.1', '-u', 'nobody', '-U', '0']),
];
process.on('SIGTERM', () => {
  for (const child of children) child.kill();
  process.exit();
});

const redis = new Redis(Number(redisPort), '127.0.0.1');
const worker = new Redis(Number(redisPort), '127.0.0.1');
// It takes a moment to start; they try again by themselves.
for (const each of [redis, worker]) each.on('error', () => undefined);
const memcached = Client.create(`127.0.0.1:${memcachedPort}`);
const state: { items: Record<string, { value: number }> } = { items: firstItems() };

const apply = (text: string): void => {
  const { items } = JSON.parse(text) as typeof state;
  for (const [name, item] of Object.entries(items)) state.items[name] = { ...state.items[name], ...item };
};

const publish = (): Promise<unknown> => memcached.set('state', JSON.stringify(state), { expires: 0 });

/** What has come meanwhile is applied together, and the state is written once. */
const drain = async (): Promise<void> => {
  for (;;) {
    await worker.blpop('queue', 0).then((popped) => apply(popped?.[1] ?? '{"items":{}}'));
    for (const text of (await worker.lpop('queue', 1_000)) ?? []) apply(text);
    await publish();
  }
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = '';
  request.setEncoding('utf8');
  for await (const text of request) body += text;
  return body;
};

const server = createServer(async (request, answer) => {
  if (request.url === '/state') {
    const { value } = await memcached.get('state');
    answer.end(value ?? '{}');
  } else if (request.url === '/push') {
    await redis.rpush('queue', await bodyOf(request));
    answer.writeHead(202).end('{"queued":true}');
  } else if (request.url === '/challenge') {
    const body = await bodyOf(request);
    apply(body);
    await redis.rpush('log', body);
    const text = JSON.stringify(state);
    await memcached.set('state', text, { expires: 0 });
    answer.end(text);
  } else answer.end('ready');
});

await new Promise((resolve) => redis.once('ready', resolve));
await publish();
void drain();
server.listen(port, '127.0.0.1');
