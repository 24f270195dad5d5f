import type { Definition } from '../../../core/definition.ts';
import { diff } from '../../../core/patch/diff.ts';
import { type ApplicationId, applicationName } from '../../../protocol/ids.ts';
import type { Json } from '../../../protocol/json.ts';
import { type Problem, problem, unknownApplication } from '../../../protocol/problems.ts';
import type { DiffAnswer, PastPoint } from '../../rpc/lifecycle-messages.ts';
import type { StagedBackup } from '../backup/import-reader.ts';
import { migratedState } from '../backup/migrated-state.ts';
import { stateBackup } from '../backup/state-backup.ts';
import { type LoadedState, positionOf, stateJson } from '../state/loaded-state.ts';
import type { Database } from '../storage/database.ts';
import { pastState } from './past-state.ts';
import { versionAt } from './past-version.ts';
import { type Restoration, writeRestore } from './write-restore.ts';

/** The parts of the engine that a restore needs. */
export interface PastOptions {
  readonly database: Database;
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly identity: () => ApplicationId;
  /** The loaded state, with nothing queued; or the refusal. */
  readonly settled: () => Promise<LoadedState | Problem>;
  /** Runs the write that changes the application under its listeners, in one transaction. */
  readonly replace: (write: () => void) => void;
  readonly refuseWrite: () => Problem | undefined;
}

/** The ways of an application back into its past, and out of it: restore, diff and fork. */
export class Past {
  readonly #options: PastOptions;

  constructor(options: PastOptions) {
    this.#options = options;
  }

  /** Brings the state back to a point of the history [L12]. @returns the refusal */
  async restore(point: PastPoint, user: string): Promise<Problem | undefined> {
    const { database } = this.#options;
    const loaded = await this.#options.settled();
    if ('name' in loaded) return loaded;
    const found = versionAt(database, loaded, point);
    if ('name' in found) return found;
    const past = pastState(database, loaded, found.version);
    if (past.kind === 'problem') return past.problem;
    const { epoch } = loaded.row;
    return this.#write(loaded, past, { args: { epoch, version: found.version }, user });
  }

  /** Brings the state to that of a backup of the same kind [L12]. @returns the refusal */
  async restoreBackup(
    { kind, state, definitionVersion, version }: StagedBackup,
    user: string,
  ): Promise<Problem | undefined> {
    const loaded = await this.#options.settled();
    if ('name' in loaded) return loaded;
    if (loaded.row.kind !== kind)
      return problem('kind-conflict', `The application exists with the kind ${loaded.row.kind}.`);
    return this.#write(loaded, { state, definitionVersion }, { args: { backup: { version } }, user });
  }

  /** The patch from one version to another [L14]; that which replaces the whole state when it is shorter. */
  diff(loaded: LoadedState, from: PastPoint, to: PastPoint | undefined): DiffAnswer {
    const { database } = this.#options;
    const position = positionOf(loaded, Date.now());
    const refuse = (reason: Problem) => ({ kind: 'refused', problem: reason, position }) as const;
    const start = versionAt(database, loaded, from);
    const end = to === undefined ? { version: loaded.version } : versionAt(database, loaded, to);
    if ('name' in start) return refuse(start);
    if ('name' in end) return refuse(end);
    const isCurrent = end.version === loaded.version;
    const copies = isCurrent ? 1 : 2;
    const before = pastState(database, loaded, start.version, copies);
    if (before.kind === 'problem') return refuse(before.problem);
    const after = isCurrent
      ? { kind: 'past' as const, state: loaded.tree.root }
      : pastState(database, loaded, end.version, copies);
    if (after.kind === 'problem') return refuse(after.problem);
    const patch = printDiff(before.state, after.state);
    return { kind: 'diff', patch, from: start.version, to: end.version, position };
  }

  /** The content of a fork [L13]. @returns the refusal, or the pieces */
  openFork(loaded: LoadedState, point: PastPoint | undefined): Generator<Uint8Array, undefined> | Problem {
    const { database } = this.#options;
    const { kind, definitionVersion } = loaded.row;
    if (point === undefined) return stateBackup({ kind, definitionVersion, state: stateJson(loaded) });
    const found = versionAt(database, loaded, point);
    if ('name' in found) return found;
    const past = pastState(database, loaded, found.version);
    if (past.kind === 'problem') return past.problem;
    return stateBackup({ ...past, kind, state: JSON.stringify(past.state) });
  }

  #write(
    loaded: LoadedState,
    { state, definitionVersion }: { readonly state: Json; readonly definitionVersion: number },
    step: Omit<Restoration, 'state'>,
  ): Problem | undefined {
    const { database, definitions, identity, replace, refuseWrite } = this.#options;
    const definition = definitions.get(loaded.row.kind);
    const refusal = refuseWrite() ?? loaded.blockedBy;
    if (refusal !== undefined || definition === undefined) return refusal ?? unknownApplication();
    const past = { version: definitionVersion, state };
    const migrated = migratedState(definition, past, applicationName(identity()));
    if ('issue' in migrated) return problem('invalid-restore', migrated.issue);
    replace(() => writeRestore(database, loaded, { ...step, state: migrated.state }));
    return undefined;
  }
}

/** Never longer than the state that it leads to, but for the operation around it. */
const printDiff = (from: Json, to: Json): string => {
  const text = JSON.stringify(to);
  const operations = diff(from, to, text.length);
  return operations === undefined ? `[{"op":"replace","path":"","value":${text}}]` : JSON.stringify(operations);
};
