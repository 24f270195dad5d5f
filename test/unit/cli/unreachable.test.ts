import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../support/certificate.ts';
import { runCommand } from '../../support/command-run.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

// What a command says and does where it cannot reach a server at all.

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
/** @returns the port */
const listen = async (server: Server, port = 0): Promise<number> => {
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

const get = (url: string, ...more: string[]) => runCommand('get', 'alice/list', '--url', url, ...more);

/** How long a restart of `serve` takes, and some. */
const RESTART_MS = 5_000;

describe('a command without a server', () => {
  it('ends with 3 where nothing listens', async () => {
    const server = createHttpServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const { status, stderr } = await get(`http://127.0.0.1:${port}`, '--timeout', '0.5');
    expect([status, stderr]).toEqual([3, expect.stringMatching(/Nothing answers at .*changebucket dev/)]);
  });

  it('waits for one that is started anew', async () => {
    const server = createHttpServer((_, response) => response.setHeader('ETag', '"e.1"').end('{"a":1}'));
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const started = setTimeout(() => void listen(server, port), RESTART_MS);
    const { status, stderr } = await get(`http://127.0.0.1:${port}`);
    clearTimeout(started);
    expect([stderr, status]).toEqual([expect.stringMatching(/^Nothing answers .* Trying again \.\.\.$/), 0]);
  });

  it('says which name is not known, and not to start a server', async () => {
    const { status, stderr } = await get('http://nosuch.invalid:8787', '--timeout', '0.5');
    expect([status, stderr.split('\n').at(-1)]).toEqual([
      3,
      'The name nosuch.invalid is not known. Name the server with --url or CHANGEBUCKET_URL.',
    ]);
  });

  it('names the variable for a certificate that is not trusted, at once', async () => {
    const [certificate, key] = makeCertificate(temporaryFolder());
    let connections = 0;
    const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) });
    server.on('connection', () => {
      connections += 1;
    });
    const { status, stderr } = await get(`https://localhost:${await listen(server)}`);
    expect([status, stderr, connections]).toEqual([3, expect.stringContaining('NODE_EXTRA_CA_CERTS=ca.pem'), 1]);
    expect(stderr).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
  });
});
