import { replayOperation } from '../../core/json-patch.ts';
import type { ClientMark } from '../../core/sequence.ts';
import { Tree } from '../../core/tree.ts';
import { ANONYMOUS_CLIENT } from '../../protocol/ids.ts';
import type { Json } from '../../protocol/json.ts';
import { CLIENTS_MAX } from '../../protocol/limits.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import type { Problem } from '../../protocol/problems.ts';
import type { Standing } from '../../protocol/standing.ts';
import type { ApplicationRow } from './storage/application-row.ts';
import type { Database } from './storage/database.ts';
import { acceptedLength, type DrainRow, drainsAfter, lastAccepted, measureQueue, sendersAfter } from './storage/log.ts';
import { type Base, readBase, readBaseMarks, readBaseState } from './storage/segment.ts';
import type { Sent } from './storage/stored-change.ts';

/**
 * What an application keeps in memory: a cache, rebuilt from checkpoint, patches and queue [D7].
 * Changed only after the transaction that changes the disk has gone through.
 */
export interface Memory {
  row: ApplicationRow;
  tree: Tree;
  version: number;
  /** The last accepted seq. */
  head: number;
  /** When it was accepted. */
  at: number;
  /** Where each client stands, longest unheard first [Q16]. */
  readonly marks: Map<string, ClientMark>;
  /** When the oldest change that still waits was accepted; meaningless while none waits. */
  waitingSince: number;
  /** Length of the texts that wait. */
  queueBytes: number;
  /** Length of the texts written to the log since the checkpoint. */
  logBytes: number;
  base: Base;
  /** The version from which on the history is whole. */
  floor: number;
  /** The slice applied last in this life: what a reader that was at its base needs. */
  newest: DrainRow | undefined;
  /** The state's JSON text, once a reader has asked for this version's. */
  text: string | undefined;
  /** The patch that was asked for last. */
  asked: { readonly from: number; readonly to: number; readonly patch: string | undefined } | undefined;
  /** Up to this seq changes were queued when the last life ended: one of them may have ended it [D5]. */
  readonly suspectUntil: number;
  /** Why nothing can be applied until another deployment; reads go on [L5]. */
  held: Problem | undefined;
}

/** Reads everything back. Runs no reducer. */
export const loadMemory = (database: Database, row: ApplicationRow): Memory => {
  const base = readBase(database, row.segment);
  const last = lastAccepted(database, row.segment) ?? { last: base.head, at: base.at, spent: base.spent ?? [] };
  const memory: Memory = {
    row,
    base,
    tree: new Tree(JSON.parse(readBaseState(database, row.segment)) as Json, base.weight),
    version: base.version,
    head: last.last,
    at: last.at,
    marks: readBaseMarks(database, row.segment),
    logBytes: 0,
    floor: row.oldest === row.segment ? base.version : readBase(database, row.oldest).version,
    newest: undefined,
    text: undefined,
    asked: undefined,
    suspectUntil: last.last,
    held: undefined,
    ...{ waitingSince: 0, queueBytes: 0 },
  };
  replayLog(database, memory);
  database.tally.resume(last.spent);
  Object.assign(memory, measureQueue(database, row, memory.version));
  return memory;
};

const replayLog = (database: Database, memory: Memory): void => {
  const current = { oldest: memory.row.segment, segment: memory.row.segment };
  for (const { version, patch } of drainsAfter(database, current, memory.base.version)) {
    replay(memory.tree, patch ?? '');
    memory.version = version;
    memory.logBytes += patch?.length ?? 0;
  }
  memory.logBytes += acceptedLength(database, memory.row.segment);
  for (const sent of sendersAfter(database, memory.row.segment, memory.base.head)) markClient(memory, sent);
};

/** Applies a recorded patch. Each operation is committed by itself: keys keep the order they got at first. */
export const replay = (tree: Tree, patch: string): void => {
  for (const operation of JSON.parse(`[${patch}]`) as PatchOperation[]) {
    replayOperation(tree, operation);
    tree.commit();
  }
};

/**
 * Notes the client's last change, or the key's only one; the client unheard for longest is forgotten [Q16]. What is
 * tried again moves nobody's counter [O4].
 */
export const markClient = ({ marks }: Pick<Memory, 'marks'>, { client, n, seq, user, key, retries }: Sent): void => {
  const name = key === undefined ? client : keyName(key);
  if (name === ANONYMOUS_CLIENT || retries !== undefined) return;
  marks.delete(name);
  marks.set(name, { n, seq, user });
  const [oldest] = marks.size > CLIENTS_MAX ? marks.keys() : [];
  if (oldest !== undefined) marks.delete(oldest);
};

/** Under which name an idempotency key is remembered: no client can have it. */
export const keyName = (key: string): string => `~${key}`;

/** Whether the next change was queued before this life began. */
export const isSuspect = ({ version, suspectUntil }: Memory): boolean => version < suspectUntil;

export const stateText = (memory: Memory): string => {
  memory.text ??= JSON.stringify(memory.tree.root);
  return memory.text;
};

export const standingOf = (memory: Memory, now: number): Standing => ({
  epoch: memory.row.epoch,
  version: memory.version,
  head: memory.head,
  queue: memory.head - memory.version,
  lag: memory.head === memory.version ? 0 : Math.max(0, now - memory.waitingSince),
});
