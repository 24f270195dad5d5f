import { catchup } from '../../../core/drain/catch-up.ts';
import { valueAt } from '../../../core/json/locate.ts';
import { narrow } from '../../../core/patch/restrict-patch.ts';
import type { PatchOperation } from '../../../protocol/patch.ts';
import type { Version } from '../../../protocol/version.ts';
import { patchSince } from '../read/history.ts';
import { type Memory, stateText } from '../state/loaded-state.ts';
import type { Database } from '../storage/database.ts';

/** What brings a reader to the present version. Texts are JSON. One object for all readers that need the same. */
export type Update =
  | { readonly kind: 'patch'; readonly from: number; readonly version: Version; readonly text: string }
  | { readonly kind: 'state'; readonly version: Version; readonly text: string }
  | { readonly kind: 'gone'; readonly version: Version };

/** Where a reader stands. */
export interface Subscription {
  /** What it follows: a JSON Pointer, `''` for the whole. */
  readonly path: string;
  /** The version it was told last; undefined before the first. */
  told: Version | undefined;
  /** Up to here what it was told is still right: later than `told` when its part did not change [V8] [W5]. */
  current: number;
}

/** What was made last, and for which place. */
interface Made {
  readonly from: number | undefined;
  readonly current: number;
  readonly path: string;
  readonly update: Update | 'nothing';
}

/** Works out what readers need, once for all that stand at the same place [V3] [W6]. */
export class Updates {
  readonly #database: Database;
  #memory: Memory | undefined;
  #version = 0;
  #made = new Map<string, Update | 'nothing'>();
  #last: Made | undefined;
  #operations: readonly PatchOperation[] | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Moves the position to the present and answers what its reader must be told; undefined for nothing. */
  next(memory: Memory, subscription: Subscription): Update | undefined {
    this.#turnTo(memory);
    const update = this.#known(memory, subscription);
    subscription.current = memory.version;
    if (update === 'nothing') return undefined;
    subscription.told = update.version;
    return update;
  }

  /** One after the other most readers stand where the one before stood: a look at that saves making a key. */
  #known(memory: Memory, subscription: Subscription): Update | 'nothing' {
    const { path, told, current } = subscription;
    const from = told?.epoch === memory.row.epoch ? told.version : undefined;
    const last = this.#last;
    if (last !== undefined && last.from === from && last.current === current && last.path === path) return last.update;
    const key = `${from} ${current} ${path}`;
    const update = this.#made.get(key) ?? this.#make(memory, subscription);
    this.#made.set(key, update);
    this.#last = { from, current, path, update };
    return update;
  }

  /** What was made for one version is of no use for the next. */
  #turnTo(memory: Memory): void {
    if (this.#memory === memory && this.#version === memory.version) return;
    this.#memory = memory;
    this.#version = memory.version;
    this.#made = new Map();
    this.#last = undefined;
    this.#operations = undefined;
  }

  #make(memory: Memory, { path, told, current }: Subscription): Update | 'nothing' {
    const version: Version = { epoch: memory.row.epoch, version: memory.version };
    if (told === undefined || told.epoch !== version.epoch) return this.#whole(memory, path, version);
    const need = catchup([{ ...told, version: current }], version, memory.floor);
    if (need.kind === 'unchanged') return 'nothing';
    if (need.kind === 'full') return this.#whole(memory, path, version);
    if (path !== '') return this.#part(memory, path, version, { told: told.version, current });
    const text = patchSince(this.#database, memory, need.from);
    return text === undefined
      ? this.#whole(memory, path, version)
      : { kind: 'patch', from: told.version, version, text };
  }

  /** Looks at the newest slice only: a reader of a part that is further behind gets the part. */
  #part(
    memory: Memory,
    path: string,
    version: Version,
    { told, current }: { readonly told: number; readonly current: number },
  ): Update | 'nothing' {
    const { newest, tree } = memory;
    if (newest?.patch === undefined || newest.base !== current) return this.#whole(memory, path, version);
    this.#operations ??= JSON.parse(`[${newest.patch}]`) as PatchOperation[];
    const narrowed = narrow(tree.root, this.#operations, path);
    if (narrowed.kind === 'untouched') return 'nothing';
    if (narrowed.kind === 'replaced') return this.#whole(memory, path, version);
    return { kind: 'patch', from: told, version, text: JSON.stringify(narrowed.operations) };
  }

  #whole(memory: Memory, path: string, version: Version): Update {
    const key = `whole ${path}`;
    const known = this.#made.get(key);
    if (known !== undefined && known !== 'nothing') return known;
    const whole = wholeOf(memory, path, version);
    this.#made.set(key, whole);
    return whole;
  }
}

const wholeOf = (memory: Memory, path: string, version: Version): Update => {
  if (path === '') return { kind: 'state', version, text: stateText(memory) };
  const part = valueAt(memory.tree.root, path);
  return part === undefined ? { kind: 'gone', version } : { kind: 'state', version, text: JSON.stringify(part) };
};
