import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../src/cli/bundle.ts';
import { mintToken } from '../../src/server/access/mint-token.ts';
import { hostingFile } from '../support/hosting/page.ts';
import { startProxy } from '../support/hosting/proxy.ts';
import { Workerd } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// What docs/hosting.md says of hosts, done on this machine.

const SECRET = 'a-secret-behind-proxies-only-0123456789abcdef';
/** A subject with the characters that proxies like to decode. */
const SUBJECT = 'https://id.example/5|a b';

let server: Workerd;

beforeAll(async () => {
  server = await Workerd.prepare({ secret: SECRET, env: { TRUST_PROXY: 'x-forwarded' } });
  await server.start();
});
afterAll(() => server.kill());

describe('behind a proxy with TLS', () => {
  it.each(['nginx', 'caddy'] as const)(
    '[I4] [A8] [V7] %s, set as the page says, passes on paths, origins, long-polls, streams, sockets and backups',
    async (kind) => {
      const proxy = await startProxy(kind, server.url);
      try {
        const subject = SUBJECT.replace('5', kind);
        const token = await mintToken({ secret: SECRET, subject });
        const args = [join(root, 'test/support/hosting/probe.ts'), proxy.url, token, encodeURIComponent(subject)];
        const env = { ...process.env, NODE_EXTRA_CA_CERTS: proxy.certificate };
        const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 90_000 });
        expect(JSON.parse(stdout)).toEqual({
          push: 202,
          state: [200, { n: 1, text: 'x'.repeat(200) }],
          '304': 304,
          'long-poll, 226': [226, [{ op: 'replace', path: '/n', value: 2 }]],
          'own origin': 202,
          'foreign origin': 403,
          'forged origin': 403,
          poll: [{ sent: 'poll' }, 'poll'],
          'long-poll': [{ sent: 'long-poll' }, 'long-poll'],
          sse: [{ sent: 'sse' }, 'sse'],
          socket: [{ sent: 'socket' }, 'socket'],
          backup: [true, 200],
        });
      } finally {
        await proxy.stop();
      }
    },
  );
});

describe('the other files of the page', () => {
  it('the unit of systemd is one that systemd takes', () => {
    const folder = temporaryFolder();
    const unit = join(folder, 'changebucket.service');
    // A program that is here, as systemd looks for it.
    writeFileSync(unit, hostingFile('changebucket.service').replace('/usr/bin/npx', process.execPath));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
    expect([status, stderr.split('\n').filter((line) => line.includes(folder))]).toEqual([0, []]);
    // It fails above an exposure of 2.0; without a sandbox it is 8.4.
    const security = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', unit]);
    expect(security.status).toBe(0);
  });

  it('the configuration that `config` prints is one that wrangler builds by', () => {
    const folder = mkdtempSync(join(root, '.wrangler/config-'));
    try {
      writeFileSync(
        join(folder, 'worker.ts'),
        `export * from '../../src/index.ts';\nexport { default } from '../../src/index.ts';\n`,
      );
      const command = [join(root, 'src/cli/changebucket.ts'), 'config', '--entry', 'worker.ts', '--name', 'mine'];
      writeFileSync(join(folder, 'wrangler.jsonc'), execFileSync(process.execPath, command, { cwd: folder }));
      const { gzip, printed } = dryRun(folder);
      expect(printed).toMatch(/env\.APPLICATION[^\n]*Durable Object[\s\S]*env\.DIRECTORY[^\n]*Durable Object/);
      console.log(`the Worker is uploaded as ${gzip} KiB (gzip)`);
      // 198 at the time of writing, most of it our own code. 3 MB is the limit of the free plan; this is so that nobody adds a library unseen.
      expect(gzip).toBeLessThan(BUNDLE_KIB_MAX);
      expect(gzip).toBeGreaterThan(50);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const BUNDLE_KIB_MAX = 230;

/** What wrangler would upload. */
const dryRun = (cwd: string): { gzip: number; printed: string } => {
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const args = [`--env-file=${join(root, '.tools.env')}`, wrangler, 'deploy', '--dry-run', '--outdir', 'out'];
  const printed = execFileSync(process.execPath, args, { cwd, encoding: 'utf8' });
  return { gzip: Number(/gzip: ([\d.]+) KiB/.exec(printed)?.[1]), printed };
};
