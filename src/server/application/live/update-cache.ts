import { catchUp } from '../../../core/drain/catch-up.ts';
import { valueAt } from '../../../core/json/locate.ts';
import { restrictPatch } from '../../../core/patch/restrict-patch.ts';
import type { PatchOperation } from '../../../protocol/patch.ts';
import type { Version } from '../../../protocol/version.ts';
import { patchSince } from '../read/history.ts';
import { type LoadedState, stateJson } from '../state/loaded-state.ts';
import type { Database } from '../storage/database.ts';
import { operationsIn } from '../storage/drain-rows.ts';
import type { Subscription } from './subscription.ts';

/** Brings a reader to the current version. Texts are JSON. All readers that need the same update share one object. */
export type Update =
  | { readonly kind: 'patch'; readonly from: number; readonly version: Version; readonly text: string }
  | { readonly kind: 'state'; readonly version: Version; readonly text: string }
  | { readonly kind: 'gone'; readonly version: Version };

/** The last computed update, and the position it is for. */
interface LastUpdate {
  readonly from: number | undefined;
  readonly currentTo: number;
  readonly path: string;
  readonly update: Update | 'nothing';
}

/** Computes the updates that readers need, once for all readers at the same position [V3] [W6]. */
export class UpdateCache {
  readonly #database: Database;
  #loaded: LoadedState | undefined;
  #version = 0;
  #updates = new Map<string, Update | 'nothing'>();
  #last: LastUpdate | undefined;
  /** Operations of the newest slice, parsed once. */
  #operations: readonly PatchOperation[] | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Moves the subscription to the current version and returns the update its reader needs; undefined when it needs none. */
  next(loaded: LoadedState, subscription: Subscription): Update | undefined {
    this.#resetFor(loaded);
    const update = this.#cached(loaded, subscription);
    subscription.currentTo = loaded.version;
    if (update === 'nothing') return undefined;
    subscription.sent = update.version;
    return update;
  }

  /** Most readers are at the same position as the reader before: comparing with that one saves making a key. */
  #cached(loaded: LoadedState, subscription: Subscription): Update | 'nothing' {
    const { path, sent, currentTo } = subscription;
    const from = sent?.epoch === loaded.row.epoch ? sent.version : undefined;
    const last = this.#last;
    if (last !== undefined && last.from === from && last.currentTo === currentTo && last.path === path)
      return last.update;
    const key = `${from} ${currentTo} ${path}`;
    const update = this.#updates.get(key) ?? this.#compute(loaded, subscription);
    this.#updates.set(key, update);
    this.#last = { from, currentTo, path, update };
    return update;
  }

  /** Forgets the updates when the state has moved. */
  #resetFor(loaded: LoadedState): void {
    if (this.#loaded === loaded && this.#version === loaded.version) return;
    this.#loaded = loaded;
    this.#version = loaded.version;
    this.#updates = new Map();
    this.#last = undefined;
    this.#operations = undefined;
  }

  #compute(loaded: LoadedState, { path, sent, currentTo }: Subscription): Update | 'nothing' {
    const version: Version = { epoch: loaded.row.epoch, version: loaded.version };
    if (sent === undefined || sent.epoch !== version.epoch) return this.#fullState(loaded, path, version);
    const need = catchUp([{ ...sent, version: currentTo }], version, loaded.oldestVersion);
    if (need.kind === 'unchanged') return 'nothing';
    if (need.kind === 'full') return this.#fullState(loaded, path, version);
    if (path !== '') return this.#partPatch(loaded, path, version, { from: sent.version, currentTo });
    const text = patchSince(this.#database, loaded, need.from);
    return text === undefined
      ? this.#fullState(loaded, path, version)
      : { kind: 'patch', from: sent.version, version, text };
  }

  /** Restricts the newest slice to a part. A reader that is further behind gets the part itself. */
  #partPatch(
    loaded: LoadedState,
    path: string,
    version: Version,
    { from, currentTo }: { readonly from: number; readonly currentTo: number },
  ): Update | 'nothing' {
    const { lastDrain, tree } = loaded;
    if (lastDrain?.patch === undefined || lastDrain.base !== currentTo) return this.#fullState(loaded, path, version);
    this.#operations ??= operationsIn(lastDrain.patch);
    const restricted = restrictPatch(tree.root, this.#operations, path);
    if (restricted.kind === 'untouched') return 'nothing';
    if (restricted.kind === 'replaced') return this.#fullState(loaded, path, version);
    return { kind: 'patch', from, version, text: JSON.stringify(restricted.operations) };
  }

  #fullState(loaded: LoadedState, path: string, version: Version): Update {
    const key = `full ${path}`;
    const known = this.#updates.get(key);
    if (known !== undefined && known !== 'nothing') return known;
    const update = fullUpdate(loaded, path, version);
    this.#updates.set(key, update);
    return update;
  }
}

const fullUpdate = (loaded: LoadedState, path: string, version: Version): Update => {
  if (path === '') return { kind: 'state', version, text: stateJson(loaded) };
  const part = valueAt(loaded.tree.root, path);
  return part === undefined ? { kind: 'gone', version } : { kind: 'state', version, text: JSON.stringify(part) };
};
