import { BloomFilter } from '../../../core/limits/bloom-filter.ts';
import { TOMBSTONE_MS } from '../../../protocol/limits.ts';
import type { PushMessage } from '../../rpc/messages.ts';
import { changesAfter } from '../storage/accepted-rows.ts';
import { compressed, textOf } from '../storage/compression.ts';
import type { Database } from '../storage/database.ts';
import { readTombstone, type StoredTombstone } from '../storage/tombstone-record.ts';
import { keyCounterName } from './client-counters.ts';
import { base64Of, filterOf } from './forgotten-clients.ts';
import type { LoadedState } from './loaded-state.ts';

/**
 * What stays of a deleted application for some time: enough to recognize a late repeat of the pushes that it had
 * accepted, which must not create it anew [L9]. Errs to one side only.
 */
export class Tombstone {
  readonly #stored: StoredTombstone;
  readonly #filter: BloomFilter;

  constructor(stored: StoredTombstone) {
    this.#stored = stored;
    this.#filter = filterOf(textOf(stored.filter));
  }

  /** Client ids that begin with this were never accepted. */
  get prefix(): string {
    return this.#stored.prefix;
  }

  /** Whether a push may be a repeat of one that was accepted before the deletion. */
  mayRepeat({ sender, changes }: Pick<PushMessage, 'sender' | 'changes'>): boolean {
    if (sender.kind === 'anonymous') return false;
    const name = sender.kind === 'key' ? keyCounterName(sender.key) : sender.client;
    if (name.startsWith(this.prefix)) return false;
    if (this.#stored.isIncomplete || (sender.kind === 'client' && sender.n > 1)) return true;
    const [first] = changes;
    return this.#filter.mayHave(name) || (first !== undefined && this.#filter.mayHave(pushText(name, first)));
  }
}

/** The tombstone of the application that was deleted last here. */
export const currentTombstone = (storage: DurableObjectStorage): Tombstone | undefined => {
  const stored = readTombstone(storage);
  return stored && new Tombstone(stored);
};

/** The tombstone of an application that is about to be deleted. What an earlier one names stays known. */
export const tombstoneOf = (
  storage: DurableObjectStorage,
  database: Database,
  { row, clientCounters }: LoadedState,
): StoredTombstone => {
  const before = readTombstone(storage);
  const filter = before === undefined ? new BloomFilter() : filterOf(textOf(before.filter));
  const found = new Set<string>();
  for (const { client, n, key, retries, name, args } of changesAfter(database, row, 0)) {
    if ((n !== 1 && key === undefined) || retries !== undefined) continue;
    const sender = key === undefined ? client : keyCounterName(key);
    found.add(sender);
    filter.add(pushText(sender, { name, args: JSON.stringify(args) }));
  }
  // The content of their first change is no longer known: any first change of theirs may be a repeat.
  for (const [name] of clientCounters) if (!found.has(name)) filter.add(name);
  const isIncomplete = before?.isIncomplete === true || !clientCounters.forgotten.isEmpty;
  clientCounters.forgotten.close();
  const { prefix } = clientCounters.forgotten;
  return {
    epoch: row.epoch,
    prefix,
    isIncomplete,
    until: Date.now() + TOMBSTONE_MS,
    filter: compressed(base64Of(filter)),
  };
};

/** The first change of a client or key. */
const pushText = (sender: string, { name, args }: { readonly name: string; readonly args: string }): string =>
  `${sender}\n${name}\n${args}`;
