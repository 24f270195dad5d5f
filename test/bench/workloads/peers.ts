import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../../support/wait.ts';
import { ITEMS } from '../items.ts';
import { Meter, type Run } from '../load.ts';
import { ours } from '../ours.ts';
import type { Peer, Reader, Writer } from '../peer.ts';
import type { Server } from '../servers.ts';
import { RUN_MS, type Workload } from '../workload.ts';

type Side = Omit<Peer, 'start'>;

const WRITERS = 16;
/** Each writer has so many items of its own, and one update of each under way. */
const ITEMS_EACH = Math.floor(ITEMS / WRITERS);

let round = 0;
/** Values that no run before has used. */
const freshValue = (): number => {
  round += 1;
  return round * 1_000_000;
};

/** The next update of an item leaves when a reader has seen the one before: no system can skip one. */
const updates = async (side: Side, server: Server): Promise<Run> => {
  const expected = new Map<number, number>();
  const begun = new Map<number, number>();
  const first = freshValue();
  let next = (_: number): void => undefined;
  const reader = await side.openReader(server, (item, value) => {
    if (expected.get(item) === value) next(item);
  });
  const writers = await Promise.all(Array.from({ length: WRITERS }, () => side.openWriter(server)));
  await sleep(SETTLE_MS);
  const meter = new Meter(server);
  const end = performance.now() + RUN_MS;
  const send = (item: number): void => {
    const value = (expected.get(item) ?? first) + 1;
    expected.set(item, value);
    begun.set(item, performance.now());
    writers[item % WRITERS]?.update(item, value);
  };
  next = (item) => {
    if (performance.now() > end) return;
    meter.note(performance.now() - (begun.get(item) ?? 0));
    send(item);
  };
  for (let item = 0; item < WRITERS * ITEMS_EACH; item += 1) send(item);
  await sleep(RUN_MS);
  const run = meter.read();
  close([reader, ...writers]);
  return run;
};

const SETTLE_MS = 300;
const CHANGES = 150;
const GAP_MS = 5;
const PATIENCE_MS = 3_000;

/** 200 updates a second, until each reader has seen every one. */
const visible = async (side: Side, server: Server, readers: number): Promise<Run> => {
  const first = freshValue();
  const begun: number[] = [];
  let seen = 0;
  let meter: Meter | undefined;
  const open: Reader[] = [];
  for (let index = 0; index < readers; index += 1)
    open.push(
      await side.openReader(server, (_, value) => {
        const at = begun[value - first];
        if (at === undefined) return;
        seen += 1;
        meter?.note(performance.now() - at);
      }),
    );
  const writer = await side.openWriter(server);
  await sleep(SETTLE_MS);
  const bytesBefore = bytesOf(open);
  meter = new Meter(server);
  await paced(writer, begun, first);
  for (let waited = 0; seen < readers * CHANGES && waited < PATIENCE_MS; waited += 20) await sleep(20);
  const run = meter.read();
  const bytes = (bytesOf(open) - bytesBefore) / (readers * CHANGES);
  close([...open, writer]);
  if (seen < readers * CHANGES) throw new Error(`${side.name}: ${readers * CHANGES - seen} changes were never seen`);
  return { ...run, bytes };
};

const paced = async (writer: Writer, begun: number[], first: number): Promise<void> => {
  const start = performance.now();
  for (let index = 0; index < CHANGES; index += 1) {
    begun.push(performance.now());
    writer.update(index % ITEMS, first + index);
    await sleep(Math.max(0, start + (index + 1) * GAP_MS - performance.now()));
  }
};

const bytesOf = (readers: readonly Reader[]): number => readers.reduce((sum, reader) => sum + reader.bytes(), 0);

const close = (open: readonly { readonly close: () => void }[]): void => {
  for (const each of open) each.close();
};

const FOLDER = join(import.meta.dirname, '../peers');
const NAMES = ['partyserver', 'agents', 'hocuspocus', 'sharedb', 'tinybase', 'tldraw'];

/** What the issue asks of us, against each. */
const TARGETS: Readonly<Record<string, { readonly rate?: number; readonly visible?: number }>> = {
  partyserver: { rate: 8, visible: 1 },
};

const started = new Map<string, Promise<Server>>();

/** Started when it is first needed, and left to run. */
const serverOf = (peer: Peer): Promise<Server> => {
  const server = started.get(peer.name) ?? peer.start();
  started.set(peer.name, server);
  return server;
};

export const stopPeers = async (): Promise<void> => {
  for (const server of started.values()) (await server.catch(() => undefined))?.stop();
};

const workloadsOf = (name: string, peer: Peer): Workload[] => {
  const against = `${peer.name}; ${peer.durability}`;
  const target = TARGETS[name] ?? {};
  const rate: Workload = {
    name: 'updates seen by a reader, 16 writers with 6 items each',
    ...{ against, target: target.rate, figures: ['rate'] },
    ours: (servers) => updates(ours, servers.young),
    other: async () => updates(peer, await serverOf(peer)),
  };
  const visibility = (readers: number): Workload => ({
    name: `update to visible, ${readers} readers`,
    ...{ against, target: target.visible, figures: ['p50', 'p99', 'bytes'] },
    ours: (servers) => visible(ours, servers.young, readers),
    other: async () => visible(peer, await serverOf(peer), readers),
  });
  return [rate, ...(target.visible === undefined ? [1, 100] : [1, 20, 100]).map(visibility)];
};

/**
 * The other systems that can be installed here. Their packages are no dependencies of ours: they are fetched when they
 * are first measured.
 *
 * @param isWanted only what is wanted is started
 * @param say told what is left out, and why
 */
export const peerWorkloads = async (
  isWanted: (workload: Workload) => boolean,
  say: (text: string) => void,
): Promise<Workload[]> => {
  if (!existsSync(join(FOLDER, 'node_modules'))) {
    const npm = spawnSync('npm', ['ci', '--legacy-peer-deps', '--no-audit', '--no-fund'], {
      cwd: FOLDER,
      stdio: 'ignore',
    });
    if (npm.status !== 0) {
      say('the other systems could not be installed: they are left out');
      return [];
    }
  }
  const workloads: Workload[] = [];
  for (const name of NAMES) {
    try {
      const { peer } = (await import(`../peers/${name}.ts`)) as { readonly peer: Peer };
      const wanted = workloadsOf(name, peer).filter(isWanted);
      if (wanted.length > 0) await serverOf(peer);
      workloads.push(...wanted);
    } catch (error) {
      say(`${name} is left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return workloads;
};
