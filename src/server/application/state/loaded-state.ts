import type { Definition } from '../../../core/definition.ts';
import { type Caution, cautionAfter } from '../../../core/drain/attempt-plan.ts';
import type { ClientCounter } from '../../../core/drain/sequence.ts';
import { replay } from '../../../core/patch/replay.ts';
import { Tree } from '../../../core/state/tree.ts';
import { ANONYMOUS_CLIENT } from '../../../protocol/ids.ts';
import type { Json } from '../../../protocol/json.ts';
import { CLIENTS_MAX } from '../../../protocol/limits.ts';
import type { PatchOperation } from '../../../protocol/patch.ts';
import type { Position } from '../../../protocol/position.ts';
import type { Problem } from '../../../protocol/problems.ts';
import type { ApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import {
  acceptedLength,
  type DrainRow,
  drainsAfter,
  lastAccepted,
  measureQueue,
  sendersAfter,
} from '../storage/log.ts';
import { type Base, type Header, readClientCounters, readHeader, readState } from '../storage/segment.ts';
import type { SentBy } from '../storage/stored-change.ts';

/**
 * What an application keeps in memory: a cache, rebuilt from checkpoint, patches and queue [D7].
 * Changed only after the transaction that changes the disk has gone through.
 */
export interface LoadedState {
  row: ApplicationRow;
  /** What this deployment has for the kind; undefined when it does not know it. */
  readonly definition: Definition | undefined;
  tree: Tree;
  version: number;
  /** The last accepted seq. */
  head: number;
  /** When it was accepted. */
  at: number;
  /** Where each client stands, longest unheard first [Q16]. */
  readonly clientCounters: Map<string, ClientCounter>;
  /** When the oldest change that still waits was accepted; meaningless while none waits. */
  waitingSince: number;
  /** Length of the texts that wait. */
  queueBytes: number;
  /** Length of the texts written to the log since the checkpoint. */
  logBytes: number;
  base: Base;
  /** The version from which on the history is whole. */
  oldestVersion: number;
  /** The slice applied last in this life: what a reader that was at its base needs. */
  lastDrain: DrainRow | undefined;
  /** The state's JSON text, once a reader has asked for this version's. */
  text: string | undefined;
  /** The patch that was asked for last. */
  lastPatch: { readonly from: number; readonly to: number; readonly patch: string | undefined } | undefined;
  /** Up to this seq changes were queued when the last life ended: one of them may have ended it [D5]. */
  readonly suspectUntil: number;
  /** How carefully suspect changes are tried. */
  readonly caution: Caution;
  /** Why nothing can be applied until another deployment; reads go on [L5]. */
  blockedBy: Problem | undefined;
}

/** Reads everything back. Runs no reducer. */
export const loadState = (database: Database, row: ApplicationRow, definition: Definition | undefined): LoadedState => {
  const base = readHeader(database, row.segment);
  const last = lastAccepted(database, row.segment) ?? { last: base.head, at: base.at, spent: base.spent ?? [] };
  const { root, weight, version, length } = replayLog(database, row.segment, base);
  const loaded: LoadedState = {
    row,
    definition,
    base,
    version,
    head: last.last,
    at: last.at,
    tree: new Tree(root, weight),
    clientCounters: readClientCounters(database, base),
    logBytes: length + acceptedLength(database, row.segment),
    oldestVersion: row.oldest === row.segment ? base.version : readHeader(database, row.oldest).version,
    lastDrain: undefined,
    text: undefined,
    lastPatch: undefined,
    suspectUntil: last.last,
    caution: cautionAfter(row, version + 1),
    blockedBy: undefined,
    ...measureQueue(database, row, version),
  };
  for (const sent of sendersAfter(database, row.segment, base.head)) recordClient(loaded, sent);
  database.usage.resume(last.spent);
  return loaded;
};

interface Replayed {
  readonly root: Json;
  readonly weight: number;
  readonly version: number;
  /** Of the patches' texts. */
  readonly length: number;
}

/** The checkpoint's state with the log's patches, and what the log says of it. */
const replayLog = (database: Database, segment: number, base: Header): Replayed => {
  let root = readState(database, base);
  let { version, weight } = base;
  let length = 0;
  for (const drain of drainsAfter(database, { oldest: segment, segment }, version)) {
    // Where a patch is missing the checkpoint of the same transaction has ended the segment.
    const patch = drain.patch ?? '';
    root = replay(root, operationsIn(patch));
    ({ version, weight } = drain);
    length += patch.length;
  }
  return { root, weight, version, length };
};

/** Of a patch as the log has it. */
export const operationsIn = (patch: string): PatchOperation[] => JSON.parse(`[${patch}]`) as PatchOperation[];

/**
 * Notes the client's last change, or the key's only one; the client unheard for longest is forgotten [Q16]. What is
 * tried again moves nobody's counter [O4].
 */
export const recordClient = (
  { clientCounters }: Pick<LoadedState, 'clientCounters'>,
  { client, n, seq, user, key, retries }: SentBy,
): void => {
  const name = key === undefined ? client : keyCounterName(key);
  if (name === ANONYMOUS_CLIENT || retries !== undefined) return;
  clientCounters.delete(name);
  clientCounters.set(name, { n, seq, user });
  const [oldest] = clientCounters.size > CLIENTS_MAX ? clientCounters.keys() : [];
  if (oldest !== undefined) clientCounters.delete(oldest);
};

/** Under which name an idempotency key is remembered: no client can have it. */
export const keyCounterName = (key: string): string => `~${key}`;

/** Whether the next change was queued before this life began. */
export const isSuspect = ({ version, suspectUntil }: LoadedState): boolean => version < suspectUntil;

export const stateJson = (loaded: LoadedState): string => {
  loaded.text ??= JSON.stringify(loaded.tree.root);
  return loaded.text;
};

export const positionOf = (loaded: LoadedState, now: number): Position => ({
  epoch: loaded.row.epoch,
  version: loaded.version,
  head: loaded.head,
  queue: loaded.head - loaded.version,
  lag: loaded.head === loaded.version ? 0 : Math.max(0, now - loaded.waitingSince),
  definition: servedDefinition(loaded),
});

/** The version of the definition that this deployment runs; that of the state where the deployment has none [T2]. */
export const servedDefinition = ({ definition, row }: LoadedState): number =>
  definition?.version ?? row.definitionVersion;
