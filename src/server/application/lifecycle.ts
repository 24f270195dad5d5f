import type { Definition } from '../../core/definition.ts';
import type { ApplicationId } from '../../protocol/ids.ts';
import { alreadyExists, type Problem, problem, unknownApplication } from '../../protocol/problems.ts';
import type { DiffAnswer, LifecycleApi, PastPoint } from '../rpc/lifecycle-messages.ts';
import type { CreateAnswer, Done, ExportAnswer, TextAnswer } from '../rpc/messages.ts';
import type { Pending, PlatformPoint, RecoverAnswer, RecoveryApi } from '../rpc/recovery.ts';
import type { Admission } from './admission/admission.ts';
import { ExportSlots } from './backup/export-slots.ts';
import { openExport } from './backup/exporter.ts';
import { Importer } from './backup/importer.ts';
import { pieceStream } from './backup/piece-stream.ts';
import type { Engine } from './engine.ts';
import { infoJson } from './read/info.ts';
import type { PlatformRecovery } from './recovery/platform-recovery.ts';
import { Past } from './restore/past.ts';
import { type LoadedState, positionOf } from './state/loaded-state.ts';

interface LifecycleParts {
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly identity: () => ApplicationId;
  readonly engine: Engine;
  readonly admission: Pick<Admission, 'setPublic' | 'onUndeleted'>;
  readonly recovery: PlatformRecovery;
}

/** Drains before a restore: under load, changes are accepted while earlier ones are applied. */
const DRAINS_MAX = 20;

/** What concerns an application as a whole: its backups, its past, its end. */
export class Lifecycle implements LifecycleApi, RecoveryApi {
  readonly #identity: () => ApplicationId;
  readonly #engine: Engine;
  readonly #admission: Pick<Admission, 'setPublic' | 'onUndeleted'>;
  readonly #importer: Importer;
  readonly #past: Past;
  readonly #slots = new ExportSlots();
  readonly #recovery: PlatformRecovery;

  constructor({ definitions, identity, engine, admission, recovery }: LifecycleParts) {
    const { database, sync } = engine;
    const refuseWrite = () => this.#refuseWrite();
    const replace = (write: () => void) => engine.replace(write);
    this.#identity = identity;
    this.#engine = engine;
    this.#admission = admission;
    this.#recovery = recovery;
    this.#importer = new Importer({
      ...{ definitions, database, sync, refuseWrite, replace },
      segments: () => engine.current()?.row,
    });
    this.#past = new Past({ definitions, database, identity, refuseWrite, replace, settled: () => this.#settled() });
  }

  /** Exports everything that was acknowledged before the call, queued changes included [L6]. */
  async exportBackup(user: string): Promise<ExportAnswer> {
    const loaded = await this.#engine.drained();
    if (loaded === undefined) return refuse(unknownApplication());
    const { database } = this.#engine;
    return openedOf(
      loaded,
      this.#slots.open('export', user, (release) => openExport(database, loaded, release)),
    );
  }

  async importBackup(user: string, stream: ReadableStream<Uint8Array>): Promise<CreateAnswer> {
    const facts = { application: this.#identity(), user, mode: 'replace' as const };
    return this.#described(await this.#importer.run(stream, facts), 'exists');
  }

  async restore(point: PastPoint, user: string): Promise<CreateAnswer> {
    return this.#described(await this.#past.restore(point, user), 'exists');
  }

  async restoreBackup(user: string, stream: ReadableStream<Uint8Array>): Promise<CreateAnswer> {
    if (this.#engine.begin() === undefined) return this.#refuseStream(stream, unknownApplication());
    const refusal = await this.#importer.read(stream, this.#identity(), (backup) =>
      this.#past.restoreBackup(backup, user),
    );
    return this.#described(refusal, 'exists');
  }

  async recover(point: PlatformPoint, user: string): Promise<RecoverAnswer> {
    const refusal = this.#refuseWrite();
    return refusal === undefined ? this.#recovery.recover(point, user) : refuse(refusal);
  }

  async recovered(): Promise<CreateAnswer | Pending> {
    if (this.#recovery.isEnding) return { kind: 'pending' };
    this.#engine.begin();
    return this.#described(undefined, 'exists');
  }

  async diff(from: PastPoint, to: PastPoint | undefined): Promise<DiffAnswer> {
    const loaded = this.#engine.begin();
    return loaded === undefined ? refuse(unknownApplication()) : this.#past.diff(loaded, from, to);
  }

  async openFork(point: PastPoint | undefined, user: string): Promise<ExportAnswer> {
    // A fork of now contains everything that was acknowledged.
    const loaded = point === undefined ? await this.#engine.drained() : this.#engine.begin();
    if (loaded === undefined) return refuse(unknownApplication());
    const open = (release: () => void) => {
      const pieces = this.#past.openFork(loaded, point);
      return 'name' in pieces ? pieces : pieceStream(pieces, release);
    };
    return openedOf(loaded, this.#slots.open('fork', user, open));
  }

  async createFork(user: string, stream: ReadableStream<Uint8Array>): Promise<CreateAnswer> {
    if (this.#engine.begin() !== undefined) return this.#refuseStream(stream, alreadyExists());
    const facts = { application: this.#identity(), user, mode: 'create' as const };
    return this.#described(await this.#importer.run(stream, facts), 'created');
  }

  async destroy(): Promise<Done> {
    const loaded = this.#engine.begin();
    if (loaded === undefined) return refuse(unknownApplication());
    this.#importer.cancel();
    const refusal = await this.#engine.deletion.delete(loaded);
    return refusal === undefined ? { kind: 'done' } : refuse(refusal);
  }

  async purge(): Promise<Done> {
    this.#importer.cancel();
    await this.#engine.deletion.purge();
    return { kind: 'done' };
  }

  async undelete(epoch: string | undefined): Promise<CreateAnswer> {
    const refusal = this.#refuseWrite() ?? this.#engine.deletion.undelete(epoch);
    this.#admission.onUndeleted();
    return this.#described(refusal, 'exists');
  }

  endRetained(epochs: readonly string[]): Promise<void> {
    return this.#engine.deletion.endEpochs(epochs);
  }

  async setPublic(isPublic: boolean): Promise<Done> {
    if (this.#engine.begin() === undefined) return refuse(unknownApplication());
    this.#admission.setPublic(isPublic);
    return { kind: 'done' };
  }

  /** The application as `GET …` tells it. */
  async info(): Promise<TextAnswer> {
    const loaded = this.#engine.begin();
    if (loaded === undefined) return refuse(unknownApplication());
    const body = infoJson(this.#engine.database, loaded);
    return { kind: 'text', body, position: positionOf(loaded, Date.now()) };
  }

  async #refuseStream(stream: ReadableStream<Uint8Array>, reason: Problem): Promise<CreateAnswer> {
    // Not awaited: the sender decides when a canceled stream ends.
    void stream.cancel().catch(() => undefined);
    return refuse(reason);
  }

  /** The loaded state in a turn in which nothing is queued. */
  async #settled(): Promise<LoadedState | Problem> {
    for (let drains = 0; drains < DRAINS_MAX; drains += 1) {
      const loaded = await this.#engine.drained();
      if (loaded === undefined) return unknownApplication();
      if (loaded.blockedBy !== undefined) return loaded.blockedBy;
      if (loaded.version === loaded.head) return loaded;
      await this.#engine.sync();
    }
    return problem('unavailable', 'Changes are queued faster than they are applied.', { retryAfter: 5 });
  }

  /** Reason why nothing may be written now; undefined when it may [C3]. */
  #refuseWrite(): Problem | undefined {
    // Also brings back what is used of the budget.
    this.#engine.begin();
    return this.#engine.database.usage.budget.refusal();
  }

  /** The answer to what has made the application another one. */
  async #described(refusal: Problem | undefined, kind: 'created' | 'exists'): Promise<CreateAnswer> {
    if (refusal !== undefined) return refuse(refusal);
    await this.#engine.list();
    const info = await this.info();
    return info.kind === 'text' ? { ...info, kind } : info;
  }
}

const refuse = (reason: Problem) => ({ kind: 'refused', problem: reason }) as const;

const openedOf = (loaded: LoadedState, opened: ReadableStream<Uint8Array> | Problem): ExportAnswer => {
  const position = positionOf(loaded, Date.now());
  return 'name' in opened
    ? { kind: 'refused', position, problem: opened }
    : { kind: 'stream', position, stream: opened };
};
