import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle, root } from '../../src/cli/bundle.ts';
import { madeOnce } from '../support/made-once.ts';
import { packedPackage } from '../support/packed.ts';
import { Workerd } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// What a developer gets: the packed package in an empty project, with a definition, a Worker and a page of one's own.

const DEFINITION = `import { defineApplication, reject } from 'changebucket/define';
import * as v from 'valibot';

interface Poll { votes: Record<string, string>; closed: boolean }

export const poll = defineApplication({
  name: 'poll',
  version: 1,
  initial: { votes: {}, closed: false } as Poll,
  changes: (change) => ({
    vote: change(v.object({ by: v.string(), for: v.string() }), (state, args) => {
      if (state.closed) reject('closed', 'The poll is closed.');
      state.votes[args.by] = args.for;
    }),
    close: change(v.object({}), (state) => { state.closed = true; }),
  }),
});
`;

const WORKER = `import { changebucket, document } from 'changebucket/server';
import { poll } from './definition';

const { worker, Application, Directory } = changebucket([document, poll]);
export { Application, Directory };
export default worker;
`;

const APP = `import { createClient, ProblemError } from 'changebucket';
import { createApi, ProblemError as ApiProblem } from 'changebucket/api';
import { poll } from './definition';

const url = process.argv[2] as string;
const api = createApi({ url }).application('me/poll', poll);
await api.create();
const client = createClient({ url, application: 'me/poll', definition: poll });
const seen: string[] = [];
client.subscribe((state) => state.votes['ann'] ?? 'none', (vote) => seen.push(vote));
const { applied } = client.push.vote({ by: 'ann', for: 'tea' });
const shownAtOnce = client.state.votes['ann'];
const ticket = await applied;
await client.push.close().applied;
const refused = await client.push.vote({ by: 'bob', for: 'milk' }).applied.catch((error: unknown) => error);
console.log(JSON.stringify({
  shownAtOnce,
  ticket: ticket.status,
  seen,
  reason: refused instanceof ProblemError ? refused.problem.reason : 'none',
  votes: client.confirmed?.votes,
  read: (await api.state({ drain: true })).state.votes['ann'],
  sameProblems: ProblemError === ApiProblem,
}));
client.close();
`;

const HOOK = `import { createClient, createLightClient } from 'changebucket';
import { useApplication, usePush, useStatus } from 'changebucket/react';
import { poll } from './definition';

const client = createClient({ url: 'https://state.example', application: 'me/poll', definition: poll });
export const Vote = (): string => {
  const votes = useApplication(client, (state) => Object.keys(state.votes).length);
  usePush(client).vote({ by: 'ann', for: 'tea' });
  // @ts-expect-error there is no such change
  usePush(client).veto();
  return useStatus(client).transport + votes.toFixed();
};

const light = createLightClient<typeof poll>({ url: 'https://state.example', application: 'me/poll' });
export const Votes = (): number => {
  void usePush(light).vote({ by: 'ann', for: 'tea' });
  // @ts-expect-error there is no such change
  usePush(light).veto();
  // @ts-expect-error nor is there an undo
  light.undo();
  return useApplication(light, (state) => Object.keys(state.votes).length) + useStatus(light).pending;
};
`;

/** The testing kit, where fast-check is not installed. */
const KIT = `import { arbitraryChanges, fakeServer, replay, run } from 'changebucket/testing';
import { poll } from './definition';

const server = fakeServer(poll);
const client = server.client('ann');
client.push.vote({ by: 'ann', for: 'tea' });
await server.settle();
// @ts-expect-error there is no such change
const { outcomes } = run(poll, [{ name: 'close' }, { name: 'veto' }]);
const { impurities } = replay(poll, [{ name: 'close' }]);
console.log(JSON.stringify([client.confirmed?.votes, outcomes.map(({ status }) => status), impurities, typeof arbitraryChanges]));
server.close();
`;

/** Imports what was packed as it is: no bundler translates it. */
const OLDEST = `import { createClient, createLightClient } from 'changebucket';
import { mintToken } from 'changebucket/token';

const options = { url: process.argv[2], application: 'me/oldest' };
const statuses = [];
for (const create of [createClient, createLightClient]) {
  const client = create(options);
  const { status } = await client.push.merge({ [create.name]: true }).applied;
  const seen = await new Promise((resolve) => {
    const check = ({ confirmed } = client) => confirmed?.[create.name] && resolve(confirmed);
    client.subscribe((state) => state, () => check());
    check();
  });
  statuses.push(status, seen);
  client.close();
}
const token = await mintToken({ secret: 'x'.repeat(32), subject: 'ann' });
const { sub } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
console.log(JSON.stringify([process.version, ...statuses, sub]));
`;

const TSCONFIG = {
  compilerOptions: {
    ...{ strict: true, module: 'esnext', moduleResolution: 'bundler', target: 'es2022', noEmit: true },
    ...{ lib: ['es2024', 'dom', 'dom.iterable'], types: ['node'], skipLibCheck: true },
  },
};

const project = temporaryFolder();
const bin = (name: string): string => join(root, 'node_modules/.bin', name);
/** A command that takes longer hangs. */
const RUN_MS = 100_000;
const run = (command: string, args: string[], cwd = project): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: RUN_MS });

const write = (files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
};

/** The project's Worker under plain workerd, in place of ours. */
const serve = async (): Promise<Workerd> => {
  const folder = join(project, 'bundle');
  const ours = madeOnce('worker', () => bundle('test'));
  mkdirSync(folder);
  for (const name of ['main.js', 'assets.js']) copyFileSync(join(ours, name), join(folder, name));
  const flags = [
    '--bundle',
    '--format=esm',
    '--external:cloudflare:workers',
    '--external:node:*',
    `--outfile=${join(folder, 'index.js')}`,
  ];
  run(bin('esbuild'), [join(project, 'worker.ts'), ...flags]);
  const workerd = await Workerd.prepare({ bundle: folder });
  await workerd.start();
  return workerd;
};

let workerd: Workerd | undefined;

beforeAll(() => {
  const packed = packedPackage();
  write({
    'package.json': '{"name":"mine","type":"module","private":true}',
    'tsconfig.json': JSON.stringify(TSCONFIG),
    ...{ 'definition.ts': DEFINITION, 'worker.ts': WORKER, 'app.ts': APP, 'hook.ts': HOOK, 'kit.ts': KIT },
  });
  run('npm', [
    'install',
    '--no-audit',
    '--no-fund',
    packed,
    'react',
    '@types/react',
    '@types/node',
    '@cloudflare/workers-types',
  ]);
});
afterAll(() => workerd?.kill());

describe('the packed package in an empty project', () => {
  it('holds what it needs and nothing else', () => {
    const files = readdirSync(join(project, 'node_modules/changebucket'));
    expect(files.sort()).toEqual(['LICENSE', 'PROTOCOL.md', 'README.md', 'dist', 'examples', 'package.json']);
  });

  it('type-checks with its types', () => {
    expect(run(bin('tsc'), ['-p', '.'])).toBe('');
  });

  it('runs: a Worker with a definition of its own, and a client of it', async () => {
    workerd = await serve();
    run(bin('esbuild'), ['app.ts', '--bundle', '--platform=node', '--format=esm', '--outfile=app.mjs']);
    const said = JSON.parse(run(process.execPath, ['app.mjs', workerd.url]));
    expect(said).toEqual({
      shownAtOnce: 'tea',
      ticket: 'applied',
      seen: ['tea'],
      reason: 'closed',
      votes: { ann: 'tea' },
      read: 'tea',
      sameProblems: true,
    });
  });

  it('tests a definition with its kit, and ends by itself', () => {
    run(bin('esbuild'), ['kit.ts', '--bundle', '--platform=node', '--format=esm', '--outfile=kit.mjs']);
    expect(JSON.parse(run(process.execPath, ['kit.mjs']))).toEqual([
      { ann: 'tea' },
      ['applied', 'rejected'],
      [],
      'function',
    ]);
  });

  it('runs both clients and makes tokens, unbundled, on the lowest Node that `engines` names', () => {
    const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const lowest = `${engines.node.replace('>=', '')}.0.0`;
    run('npm', ['install', '--no-audit', '--no-fund', '--no-save', `node@${lowest}`]);
    write({ 'oldest.mjs': OLDEST });
    const node = join(project, 'node_modules/node/bin/node');
    expect(JSON.parse(run(node, ['oldest.mjs', workerd?.url ?? '']))).toEqual([
      `v${lowest}`,
      'applied',
      { createClient: true },
      'applied',
      { createClient: true, createLightClient: true },
      'ann',
    ]);
  });

  it('is compiled for it, and for browsers of two years ago', () => {
    for (const part of ['core', 'client', 'react', 'tanstack-db', 'testing']) {
      const config = readFileSync(join(root, `src/${part}/tsconfig.json`), 'utf8');
      const { target, lib } = JSON.parse(config).compilerOptions;
      // The types of newer functions are missing as well: using one does not compile.
      expect([part, target, lib.slice(0, 2)]).toEqual([part, 'es2022', ['es2023', 'es2024.string']]);
    }
  });

  it('is clean for publint and for "are the types wrong"', () => {
    expect(run(bin('publint'), ['--strict', root])).toContain('All good');
    const entries = ['.', './react', './tanstack-db', './define', './server', './testing', './conformance', './token'];
    const attw = JSON.parse(run(bin('attw'), ['--pack', root, '--profile', 'esm-only', '--format', 'json']));
    expect(Object.keys(attw.analysis.entrypoints)).toEqual(expect.arrayContaining(entries));
    // Modules only: what `require` and TypeScript's oldest resolution say of it is not asked.
    const asked = Object.values(attw.problems as Record<string, { resolutionKind?: string }[]>)
      .flat()
      .filter(({ resolutionKind }) => resolutionKind !== 'node10' && resolutionKind !== 'node16-cjs');
    expect(asked).toEqual([]);
  });
});
