import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

/** What a page loads in production, minified, that imports this name alone. */
const bundleOf = (name: string, from: string, external: string[] = []) => {
  const stdin = { contents: `export { ${name} } from './${from}';`, resolveDir: process.cwd(), loader: 'ts' as const };
  return build({
    stdin,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    metafile: true,
    external,
    // As applications build it: what is for developers is left out.
    define: { 'process.env.NODE_ENV': '"production"' },
  });
};

/** Its bytes, compressed. */
const sizeOf = async (name: string, from: string, external: string[] = []): Promise<number> => {
  const built = await bundleOf(name, from, external);
  return gzipSync(built.outputFiles[0]?.contents ?? '', { level: 9 }).byteLength;
};

describe('sizes', () => {
  it.each([
    // 21,000 before: 8,400 more for undo by what a change did on the server (3,900), for storage, locks and subjects that
    // fail (2,000), for proxies, tokens and pace (1,600), and for nonces and the token in the handshake.
    // 1,000 more for the first push that creates its application over every transport (450), for problems that are told as
    // the server and the page's own functions had them (200), for the hooks of a development build, which is itself left
    // out (100), for the pointer of what a reducer has made that is no JSON (200), and for the names of problems (50).
    // 250 more for long queues of pushes that cost the same each: states that are made when they are read.
    // 270 more for whole states that share what has not changed with the one before.
    // 50 more for the whole position of an answer: how much is queued, beside how long it waits.
    // 380 more for the promise of the first state (200), for a bound of the lag (80), and for reads beside the transport (100).
    // 500 more for a part of the state: that nothing stands there (200), versions in which it is the same (150), its names.
    // 1,300 more for atomic batches: making and checking them (350), numbers and tickets of several changes (400), the view
    // and the effects of a batch (150), and its undo (350).
    // 230 more for a seed that is confirmed by the server over every transport.
    // 100 more for subscriptions to the depths of undo and redo, and for a promise that React need not wait for.
    // 1,100 more for the options of pushes: preconditions (450), costs over HTTP and sockets (350), and the third promise,
    // with the address of the ticket, and listeners that come and go (300).
    // 150 more for the role and the claims of the token that reducers see.
    // 150 more for the hooks of a policy that gives changes up, and for numbers that a refusal takes back.
    // 50 more for the claims and the reasons that a definition lists.
    // 90 more for the queue and the lag on sockets and event streams.
    // 120 more for subscriptions that end at once, steps of undo that are kept within a batch and have args of their own,
    // signals told once, and for a missing application that may not be read later.
    // 100 more for the lag of a queue that waits while the server tells nothing.
    // 80 more for states that are frozen, and seeds, args and peers that a page cannot change: it corrupted what is stored.
    // 100 more for names of applications that are none.
    // 30 more for a leader that becomes hidden while another tab is visible, or is frozen when another tab is looked at.
    // 20 more for pushes that the server cannot read on a socket, which waited 15 s, and for a socket that is closing.
    // 260 more for options that are refused when the client is made: addresses (90), transports (60), ids and times (110).
    // They showed as a server that cannot be reached, or as a push that hangs.
    // 60 more for what a value that is no JSON is, and where (30), and for memories that do not fail (30).
    // 40 more for addresses that are a path of the page's origin, over each transport.
    ['createClient', 'src/client/index.ts', [], 36_200],
    // Without sockets and event streams.
    ['createPollingClient', 'src/client/index.ts', [], 31_890],
    // 8,000 before: 1,900 more for pace, the server's clock and changes that a proxy blocks (1,000), for sources of tokens
    // that hang and networks that are wrongly said to be gone (400), and for args that are no JSON (500).
    // 500 more for the first push that creates its application (300), and for problems that are told as they were (200).
    // 150 more for notifications that are made together.
    // 270 more for whole states that share what has not changed with the one before.
    // 30 more for the whole position of an answer.
    // 350 more for the promise of the first state, for a bound of the lag, and for reads beside the transport.
    // 300 more for a part of the state: that nothing stands there, and versions in which it is the same.
    // 900 more for atomic batches: making and checking them (450), numbers and tickets of several changes (450).
    // 280 more for a seed that is confirmed by the server, and for a promise that React need not wait for.
    // 1,050 more for the options of pushes, the third promise and the listeners.
    // 150 more for the hooks of a policy that gives changes up, and for numbers that a refusal takes back.
    // 40 more for subscriptions that end at once, and signals that are told once.
    // 100 more for the lag of a queue that waits while the server tells nothing.
    // 80 more for states that are frozen, and seeds that are copied.
    // 90 more for names of applications that are none.
    // 250 more for options that are refused when the client is made.
    // 20 more for addresses that are a path of the page's origin.
    ['createLightClient', 'src/client/index.ts', [], 14_530],
    // Requests with time limits, retries, tokens and problems (4,500), reads and pushes (1,700), events (1,000).
    // 150 more for restore, fork and diff, 180 for what is shared, revocations, the audit log and public read: whatever the
    // protocol has over HTTP.
    // 170 more for backups, health, metrics, the OpenAPI document and two more audit logs (330, less 160 for one way to
    // read lists): they are members of what `createApi` returns, where everybody looks for a call.
    // 110 more for undelete, purge and the list of what was deleted, for the same reason.
    // 30 more for how runs and verifications of backups do.
    // 30 more for the recovery by the platform.
    // 60 more for a page that answers with success: a deletion was taken for done, and the page for a backup.
    // 210 more for addresses, keys and headers that are refused at once: they were sent again for 30 s.
    // 40 more for addresses that are a path of the page's origin.
    ['createApi', 'src/api/index.ts', [], 8_480],
    ['parseMetrics', 'src/api/index.ts', [], 300],
    ['waitForRun', 'src/api/index.ts', [], 900],
    // Beside a client that has most of them.
    ['readable', 'src/client/index.ts', [], 400],
    ['giveUpAfter', 'src/client/index.ts', [], 1_000],
    ['seedOf', 'src/client/index.ts', [], 180],
    // 500 before: 100 more for selections that are compared by their members, and for hydration.
    ['useApplication', 'src/react/react.ts', ['react'], 600],
    ['changebucketCollectionOptions', 'src/tanstack-db/collection-options.ts', ['@tanstack/db'], 800],
    ['useStatus', 'src/react/react.ts', ['react'], 260],
    ['usePending', 'src/react/react.ts', ['react'], 300],
    ['useUndo', 'src/react/react.ts', ['react'], 280],
    ['usePresence', 'src/react/react.ts', ['react'], 280],
  ] as const)('%s stays within its budget', async (name, from, external, budget) => {
    const size = await sizeOf(name, from, [...external]);
    console.log(`${name}: ${size} bytes, min+gz`);
    expect(size).toBeGreaterThan(100);
    expect(size).toBeLessThanOrEqual(budget);
  });
});

describe('the pages that name the sizes', () => {
  it.each(['README.md', 'docs/speed.md'])('%s has those of today, in kB', async (page) => {
    const sizes = await Promise.all(
      ['createClient', 'createLightClient'].map((name) => sizeOf(name, 'src/client/index.ts')),
    );
    const today = sizes.map((size) => `${(size / 1_000).toFixed(1)} kB`);
    expect(readFileSync(page, 'utf8').match(/[\d.]+ kB/g)).toEqual(expect.arrayContaining(today));
  });
});

/** The files of the transports of which at least a byte is in the bundle. */
const transportsIn = async (name: string): Promise<string[]> => {
  const { metafile } = await bundleOf(name, 'src/client/index.ts');
  const loaded = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  return loaded.filter((path) => /transport\/(socket|event|live|token-renewal|connection)/.test(path));
};

describe('a page that uses only polls', () => {
  it.each(['createLightClient', 'createPollingClient'])(
    'loads no code for sockets and event streams by %s',
    async (name) => {
      expect(await transportsIn(name)).toEqual([]);
      expect((await transportsIn('createClient')).length).toBeGreaterThan(8);
    },
  );
});
