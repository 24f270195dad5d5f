import { catchUp } from '../../../core/drain/catch-up.ts';
import { valueAt } from '../../../core/json/locate.ts';
import { restrictPatch } from '../../../core/patch/restrict-patch.ts';
import type { PatchOperation } from '../../../protocol/patch.ts';
import type { Version } from '../../../protocol/version.ts';
import { patchSince } from '../read/history.ts';
import { type LoadedState, stateJson } from '../state/loaded-state.ts';
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
  sent: Version | undefined;
  /** Up to here what it was told is still right: later than `told` when its part did not change [V8] [W5]. */
  currentTo: number;
}

/** What was made last, and for which place. */
interface CachedUpdate {
  readonly from: number | undefined;
  readonly current: number;
  readonly path: string;
  readonly update: Update | 'nothing';
}

/** Works out what readers need, once for all that stand at the same place [V3] [W6]. */
export class UpdateCache {
  readonly #database: Database;
  #memory: LoadedState | undefined;
  #version = 0;
  #made = new Map<string, Update | 'nothing'>();
  #last: CachedUpdate | undefined;
  #operations: readonly PatchOperation[] | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Moves the position to the present and answers what its reader must be told; undefined for nothing. */
  next(loaded: LoadedState, subscription: Subscription): Update | undefined {
    this.#resetFor(loaded);
    const update = this.#cached(loaded, subscription);
    subscription.currentTo = loaded.version;
    if (update === 'nothing') return undefined;
    subscription.sent = update.version;
    return update;
  }

  /** One after the other most readers stand where the one before stood: a look at that saves making a key. */
  #cached(loaded: LoadedState, subscription: Subscription): Update | 'nothing' {
    const { path, sent, currentTo } = subscription;
    const from = sent?.epoch === loaded.row.epoch ? sent.version : undefined;
    const last = this.#last;
    if (last !== undefined && last.from === from && last.current === currentTo && last.path === path)
      return last.update;
    const key = `${from} ${currentTo} ${path}`;
    const update = this.#made.get(key) ?? this.#make(loaded, subscription);
    this.#made.set(key, update);
    this.#last = { from, current: currentTo, path, update };
    return update;
  }

  /** What was made for one version is of no use for the next. */
  #resetFor(loaded: LoadedState): void {
    if (this.#memory === loaded && this.#version === loaded.version) return;
    this.#memory = loaded;
    this.#version = loaded.version;
    this.#made = new Map();
    this.#last = undefined;
    this.#operations = undefined;
  }

  #make(loaded: LoadedState, { path, sent, currentTo }: Subscription): Update | 'nothing' {
    const version: Version = { epoch: loaded.row.epoch, version: loaded.version };
    if (sent === undefined || sent.epoch !== version.epoch) return this.#whole(loaded, path, version);
    const need = catchUp([{ ...sent, version: currentTo }], version, loaded.oldestVersion);
    if (need.kind === 'unchanged') return 'nothing';
    if (need.kind === 'full') return this.#whole(loaded, path, version);
    if (path !== '') return this.#part(loaded, path, version, { told: sent.version, current: currentTo });
    const text = patchSince(this.#database, loaded, need.from);
    return text === undefined
      ? this.#whole(loaded, path, version)
      : { kind: 'patch', from: sent.version, version, text };
  }

  /** Looks at the newest slice only: a reader of a part that is further behind gets the part. */
  #part(
    loaded: LoadedState,
    path: string,
    version: Version,
    { told, current }: { readonly told: number; readonly current: number },
  ): Update | 'nothing' {
    const { lastDrain, tree } = loaded;
    if (lastDrain?.patch === undefined || lastDrain.base !== current) return this.#whole(loaded, path, version);
    this.#operations ??= JSON.parse(`[${lastDrain.patch}]`) as PatchOperation[];
    const narrowed = restrictPatch(tree.root, this.#operations, path);
    if (narrowed.kind === 'untouched') return 'nothing';
    if (narrowed.kind === 'replaced') return this.#whole(loaded, path, version);
    return { kind: 'patch', from: told, version, text: JSON.stringify(narrowed.operations) };
  }

  #whole(loaded: LoadedState, path: string, version: Version): Update {
    const key = `whole ${path}`;
    const known = this.#made.get(key);
    if (known !== undefined && known !== 'nothing') return known;
    const whole = wholeOf(loaded, path, version);
    this.#made.set(key, whole);
    return whole;
  }
}

const wholeOf = (loaded: LoadedState, path: string, version: Version): Update => {
  if (path === '') return { kind: 'state', version, text: stateJson(loaded) };
  const part = valueAt(loaded.tree.root, path);
  return part === undefined ? { kind: 'gone', version } : { kind: 'state', version, text: JSON.stringify(part) };
};
