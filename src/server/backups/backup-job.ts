import type { BackupRun, BackupVerification } from '../../protocol/backup-answers.ts';
import { BACKUP_RETRY_MS } from '../../protocol/backup-limits.ts';
import type { Problem } from '../../protocol/problems.ts';
import { describeError, log } from '../logging/log.ts';
import type { BackupStatus } from '../rpc/backups.ts';
import { type BackupEnvironment, storeOf } from './backup-environment.ts';
import type { MakerParts } from './backup-maker.ts';
import { describeRun, newRun, type RunParts } from './backup-run.ts';
import { backupSettings } from './backup-settings.ts';
import { performSlice } from './backup-slice.ts';
import { Catalog } from './catalog.ts';
import { removeGarbageOf } from './garbage.ts';
import { type EndedRun, JobState } from './job-state.ts';
import { dueOf } from './schedule.ts';
import { newVerification, type VerificationState } from './verification.ts';

/** What a job asks of the other objects. */
export type JobParts = Pick<RunParts, 'owners' | 'applications' | 'now'> &
  Pick<MakerParts, 'application'> & {
    readonly storage: DurableObjectStorage;
    readonly env: BackupEnvironment;
  };

/** What a deployment with a place for backups has. */
type Ready = Pick<MakerParts, 'store' | 'settings'>;

/**
 * The scheduled backups of a deployment [K]. A run goes over all applications in slices, one for each alarm, and backs up
 * those that have changed; a verification goes over the backups in the same way. Where both stand is stored, so the next
 * slice goes on after whatever has ended this one.
 */
export class BackupJob {
  readonly catalog: Catalog;
  readonly parts: JobParts;
  readonly #state: JobState;

  constructor(parts: JobParts) {
    this.parts = parts;
    this.catalog = new Catalog(parts.storage);
    this.#state = new JobState(parts.storage);
  }

  /** Whether this object makes the backups: an alarm after an eviction may not know its name. */
  get isInUse(): boolean {
    return this.#state.since !== undefined;
  }

  /** Begins a run unless one is in progress. @returns the reason why there can be none */
  start(): Promise<Problem | undefined> {
    return this.#begin(() => {
      this.#state.run ??= newRun(this.parts.now());
    });
  }

  /** Begins a verification, unless one of the same backups is in progress. @param application undefined: of all */
  verify(application: string | undefined): Promise<Problem | undefined> {
    return this.#begin(() => {
      const { verification: current } = this.#state;
      if (current?.isRunning && current.application === application) return;
      // Whoever waits for the other one gets what it looks for of a new one of all.
      const scope = current?.isRunning ? undefined : application;
      this.#state.verification = newVerification(this.parts.now(), scope);
    });
  }

  async #begin(note: () => void): Promise<Problem | undefined> {
    const ready = this.#ready();
    if ('name' in ready) return ready;
    this.#since();
    note();
    await this.parts.storage.setAlarm(this.parts.now() + 1);
    return undefined;
  }

  /** Also sees to it that the next run begins when it is due by the settings of now [K2]. */
  async status(): Promise<BackupStatus | Problem> {
    const ready = this.#ready();
    if ('name' in ready) return ready;
    const since = this.#since();
    await this.#wake(ready);
    const { covered, run, lastRun, verification } = this.#state;
    return {
      ...{ coveredAt: covered.coveredAt ?? null, failures: covered.failures, since, isRunning: run !== undefined },
      run: run === undefined ? null : describeRun(run),
      lastRun: lastRun === undefined ? null : withoutEnd(lastRun),
      verification: verification === undefined ? null : describeVerification(verification),
    };
  }

  async open(id: number): Promise<ReadableStream<Uint8Array> | undefined> {
    const ready = this.#ready();
    const kept = this.catalog.find(id);
    return 'name' in ready || kept === undefined ? undefined : ready.store.read(kept.key);
  }

  /** Lets all backups of an application go, and removes them [L17]. See `BackupsApi`. */
  async purge(application: string): Promise<Problem | undefined> {
    if (!this.isInUse) return undefined;
    this.catalog.purge(application);
    if (this.catalog.garbageOf(application, 1).length === 0) return undefined;
    const ready = this.#ready();
    if ('name' in ready) return ready;
    // Should the store fail or this instance end, the alarm removes what is left.
    await this.#setAlarmBy(this.parts.now() + BACKUP_RETRY_MS);
    await removeGarbageOf(application, { ...ready, catalog: this.catalog });
    return undefined;
  }

  /** One slice. Never throws: after six failures the runtime would drop the alarm for good. */
  async onAlarm(): Promise<void> {
    const { now } = this.parts;
    try {
      const next = await this.#slice();
      if (next !== undefined) await this.#setAlarmBy(Math.max(next, now() + 1));
    } catch (error) {
      log('error', 'a slice of backups failed', describeError(error));
      await this.#setAlarmBy(now() + BACKUP_RETRY_MS);
    }
  }

  /** Leaves an alarm that is set for an earlier time: while a slice works, something else may be asked for. */
  async #setAlarmBy(time: number): Promise<void> {
    const { storage } = this.parts;
    const set = await storage.getAlarm();
    if (set === null || set > time) await storage.setAlarm(time);
  }

  get #isBusy(): boolean {
    return this.#state.run !== undefined || this.#state.verification?.isRunning === true;
  }

  async #slice(): Promise<number | undefined> {
    const ready = this.#ready();
    if ('name' in ready) throw new Error(ready.detail);
    return performSlice({ ...this.parts, ...ready, catalog: this.catalog, state: this.#state });
  }

  /** Sets the alarm where it was lost, or is for a later time than the settings of now say. */
  async #wake({ settings }: Ready): Promise<void> {
    const { storage, now } = this.parts;
    const isBusy = this.#isBusy;
    const due = isBusy ? now() : dueOf(this.#state.lastRun, settings);
    if (due === undefined) return;
    const alarm = await storage.getAlarm();
    if (alarm === null || (!isBusy && alarm > due)) await storage.setAlarm(Math.max(due, now() + 1));
  }

  /** Since when there are backups. */
  #since(): number {
    this.#state.since ??= this.parts.now();
    return this.#state.since;
  }

  #ready(): Ready | Problem {
    const settings = backupSettings(this.parts.env);
    if ('name' in settings) return settings;
    const store = storeOf(this.parts.env);
    return 'name' in store ? store : { store, settings };
  }
}

const withoutEnd = ({ endedAt: _, ...run }: EndedRun): BackupRun => run;
const describeVerification = ({ after: _, attempts: __, ...verification }: VerificationState): BackupVerification =>
  verification;
