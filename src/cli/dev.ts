import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

// Runs `wrangler dev` without tokens for requests from this machine, and prints commands to try. Wrangler's flags are
// passed on. Node starts wrangler itself, without npm: killing npm would leave workerd running.

const root = resolve(import.meta.dirname, '../..');

const child = spawn(
  process.execPath,
  [
    join(root, 'node_modules/wrangler/bin/wrangler.js'),
    'dev',
    '--var',
    'CHANGEBUCKET_OPEN:loopback',
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
);

const showTour = (url: string): void => {
  console.log(`
  The demo page:      ${url}/
  A first change:     curl -X PUT ${url}/v1/apps/me/notes/changes/laptop/1 \\
                        -H 'Content-Type: application/merge-patch+json' -d '{"hello":"world"}'
  The state:          curl ${url}/v1/apps/me/notes/state
`);
};

child.stdout.setEncoding('utf8');
child.stdout.on('data', (text: string) => {
  process.stdout.write(text);
  const ready = /Ready on (http:\/\/\S+)/.exec(text);
  if (ready?.[1] !== undefined) showTour(ready[1].replace(/\/$/, ''));
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 0));
