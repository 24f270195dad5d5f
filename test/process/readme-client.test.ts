import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { applicationOf, type ClientRun, clientBlockOf, clientModule } from '../support/readme-client.ts';
import { tokenOf } from '../support/served.ts';
import { Command, freePort } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let dev: Command | undefined;
afterEach(() => dev?.stop());

describe('README', () => {
  it('[L2] the lines of TypeScript that open a client run as they stand against `npm run dev`, in Node', async () => {
    const [port, inspector] = [String(await freePort()), String(await freePort())];
    const args = ['--port', port, '--persist-to', temporaryFolder(), '--inspector-port', inspector];
    dev = new Command(['--env-file=.tools.env', 'src/cli/dev.ts', ...args]);
    await dev.prints(/A first change:/);
    const url = `http://localhost:${port}`;
    const file = join(temporaryFolder(), 'client.mjs');
    const block = clientBlockOf(readFileSync('README.md', 'utf8'));
    writeFileSync(file, clientModule(block, url, await tokenOf('alice')));
    const code = `await import(${JSON.stringify(file)}); process.stdout.write(JSON.stringify({ rendered }));`;
    const ran = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], { timeout: 20_000 });
    const { rendered } = JSON.parse(ran.stdout) as ClientRun;
    expect(ran.stderr).toBe('');
    expect(rendered).toEqual(['1', '0']);
    const log = await (await fetch(`${url}/v1/apps/${applicationOf(block)}/log`)).json();
    expect(log).toMatchObject({
      entries: [
        { name: 'add', args: { text: 'Milk' }, outcome: 'applied' },
        { name: 'remove', outcome: 'applied' },
      ],
    });
  }, 60_000);
});
