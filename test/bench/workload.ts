import { firstItems, ITEMS, itemName, itemsOf, valueAt } from './items.ts';
import type { Run } from './load.ts';
import { send } from './load.ts';
import type { Server } from './servers.ts';

/** Both sides, running at the same time; each is measured while the other rests. */
export interface Servers {
  readonly ours: Server;
  readonly bare: Server;
  /** Ours once more, with large states: collecting their garbage holds up everything in the same process. */
  readonly large: Server;
  /** Ours once more, beside other systems: like theirs it has done nothing else before. */
  readonly young: Server;
}

/** All but the rate are better when they are lower. */
export type Figure = 'rate' | 'p50' | 'p99' | 'bytes';

/** The same work for ours and for what it is measured against. */
export interface Workload {
  readonly name: string;
  /** What the other side is. */
  readonly against: string;
  /** The ratio that the first figure is to reach, from the issue; undefined where none is asked. */
  readonly target: number | undefined;
  /** Which of a run's figures are compared. */
  readonly figures: readonly [Figure, ...Figure[]];
  readonly ours: (servers: Servers) => Promise<Run>;
  readonly other: (servers: Servers) => Promise<Run>;
}

export const APP = '/v1/apps/bench/state';
export const MERGE = { 'Content-Type': 'application/merge-patch+json' };
export const RUN_MS = 1_200;
/** A life that began without sockets is careful for 10 s [D12]; nobody should measure that. */
export const CAREFUL_MS = 11_000;

let made = 0;

/** A client that nobody has been. */
export const freshClient = (): string => {
  made += 1;
  return `client-${made}`;
};

/** A change of one item in a hundred, as a JSON Merge Patch. */
export const patchOf = (n: number): string => `{"items":{"${itemName(n % ITEMS)}":{"value":${valueAt(n)}}}}`;

const merge = async (server: Server, app: string, n: number, items: object): Promise<void> => {
  const headers = { ...MERGE, Prefer: 'wait=20' };
  const body = JSON.stringify({ items });
  const status = await send(server, { method: 'PUT', path: `${app}/changes/seed/${n}`, headers, body });
  if (status !== 200) throw new Error(`the seed was answered ${status}`);
};

/** 10 kB: a hundred items with keys. */
export const seed = (server: Server, app = APP): Promise<void> => merge(server, app, 1, firstItems());

/** Of the items that `seedLarge` makes. */
export const ITEMS_PER_MB = 9_400;
const ITEMS_PER_CHANGE = 1_000;

/** So many items of about 110 bytes: the first hundred are those of `seed`. */
export const seedLarge = async (server: Server, app: string, count: number): Promise<void> => {
  for (let from = 0; from < count; from += ITEMS_PER_CHANGE)
    await merge(server, app, 1 + from / ITEMS_PER_CHANGE, itemsOf(from, Math.min(ITEMS_PER_CHANGE, count - from)));
};
