import { BACKUP_REPEAT_MS, BACKUP_RETRY_MS, BACKUP_SWEEP_MAX } from '../../protocol/backup-limits.ts';
import { LISTING_UPDATE_MS } from '../../protocol/limits.ts';
import type { Problem } from '../../protocol/problems.ts';
import { describeError, log } from '../logging/log.ts';
import type { BackupStatus } from '../rpc/backups.ts';
import { type BackupEnvironment, storeOf } from './backup-environment.ts';
import { backUp, type MakerParts } from './backup-maker.ts';
import { continueRun, type RunParts, type RunState } from './backup-run.ts';
import { backupSettings } from './backup-settings.ts';
import type { BackupStore } from './backup-store.ts';
import { Catalog } from './catalog.ts';
import { expireAll } from './expire-backups.ts';

/** What a job asks of the other objects. */
export type JobParts = Pick<RunParts, 'owners' | 'applications' | 'now'> &
  Pick<MakerParts, 'application'> & {
    readonly storage: DurableObjectStorage;
    readonly env: BackupEnvironment;
  };

/** News of changes take this long to reach the lists, at most. */
const LISTING_LAG_MS = 2 * LISTING_UPDATE_MS;

/**
 * The scheduled backups of a deployment [K]. A run goes over all applications in slices, one for each alarm, and backs up
 * those that have changed. Where it stands is stored, so the next slice goes on after whatever has ended this one.
 */
export class BackupJob {
  readonly catalog: Catalog;
  readonly parts: JobParts;

  constructor(parts: JobParts) {
    this.parts = parts;
    this.catalog = new Catalog(parts.storage);
  }

  /** Whether this object makes the backups: an alarm after an eviction may not know its name. */
  get isInUse(): boolean {
    return this.parts.storage.kv.get(SINCE) !== undefined;
  }

  /** Begins a run unless one is in progress. @returns the reason why there can be none */
  async start(): Promise<Problem | undefined> {
    const ready = this.#ready();
    if ('name' in ready) return ready;
    this.#since();
    if (this.#run === undefined) this.#run = { startedAt: this.parts.now(), owner: '', failures: 0 };
    await this.parts.storage.setAlarm(this.parts.now() + 1);
    return undefined;
  }

  /** Also begins the first run, where no cron trigger does [K2]. */
  async status(): Promise<BackupStatus | Problem> {
    const ready = this.#ready();
    if ('name' in ready) return ready;
    const { storage } = this.parts;
    const isScheduled = ready.settings.everyMs !== undefined;
    if (isScheduled && (await storage.getAlarm()) === null) await this.start();
    const { coveredAt = null, failures = 0 } = storage.kv.get<Covered>(COVERED) ?? {};
    return { coveredAt, failures, since: this.#since(), isRunning: this.#run !== undefined };
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
    const garbage = (): string[] => this.catalog.garbageOf(application, BACKUP_SWEEP_MAX);
    if (garbage().length === 0) return undefined;
    const ready = this.#ready();
    if ('name' in ready) return ready;
    const { storage, now } = this.parts;
    // Should the store fail or this instance end, the alarm removes what is left.
    const isIdle = (await storage.getAlarm()) === null;
    if (isIdle) await storage.setAlarm(now() + BACKUP_RETRY_MS);
    for (let keys = garbage(); keys.length > 0; keys = garbage()) await this.#remove(ready.store, keys);
    if (isIdle && this.#run === undefined) await storage.deleteAlarm();
    return undefined;
  }

  /** One slice. Never throws: after six failures the runtime would drop the alarm for good. */
  async onAlarm(): Promise<void> {
    const { storage, now } = this.parts;
    try {
      const next = await this.#slice();
      if (next !== undefined) await storage.setAlarm(now() + next);
    } catch (error) {
      log('error', 'a slice of backups failed', describeError(error));
      await storage.setAlarm(now() + BACKUP_RETRY_MS);
    }
  }

  /** @returns the pause until the next one, ms; undefined where a cron trigger begins it */
  async #slice(): Promise<number | undefined> {
    const ready = this.#ready();
    if ('name' in ready) throw new Error(ready.detail);
    const { everyMs } = ready.settings;
    const parts = { ...this.parts, ...ready, catalog: this.catalog };
    const begun = this.#run ?? { startedAt: parts.now(), owner: '', failures: 0 };
    // What an earlier slice has begun and not completed, or what has expired.
    if (await this.#sweep(parts)) return 1;
    const save = (run: RunState): void => {
      this.#run = run;
    };
    const rest = await continueRun({ ...parts, save, backUp: (name) => backUp(parts, name) }, begun);
    if (rest !== undefined) return 1;
    const { startedAt, failures } = this.#run ?? begun;
    await expireAll(parts);
    this.#ended(startedAt, failures);
    if (failures > 0) return BACKUP_REPEAT_MS;
    if ((await this.#sweep(parts)) && everyMs === undefined) return BACKUP_RETRY_MS;
    return everyMs === undefined ? undefined : Math.max(1, startedAt + everyMs - parts.now());
  }

  #ended(startedAt: number, failures: number): void {
    const { kv } = this.parts.storage;
    const before = kv.get<Covered>(COVERED);
    const coveredAt = failures === 0 ? startedAt - LISTING_LAG_MS : before?.coveredAt;
    kv.put<Covered>(COVERED, { failures, ...(coveredAt === undefined ? {} : { coveredAt }) });
    kv.delete(RUN);
    log('info', 'backups were made', { failures });
  }

  /** Removes garbage from the store. @returns whether there is more */
  async #sweep({ store }: MakerParts): Promise<boolean> {
    const keys = this.catalog.garbage(BACKUP_SWEEP_MAX);
    if (keys.length === 0) return false;
    await this.#remove(store, keys);
    return keys.length === BACKUP_SWEEP_MAX;
  }

  async #remove(store: BackupStore, keys: readonly string[]): Promise<void> {
    await store.remove(keys);
    this.catalog.removed(keys);
  }

  /** Since when there are backups. */
  #since(): number {
    const { kv } = this.parts.storage;
    const since = kv.get<number>(SINCE) ?? this.parts.now();
    kv.put(SINCE, since);
    return since;
  }

  #ready(): Pick<MakerParts, 'store' | 'settings'> | Problem {
    const settings = backupSettings(this.parts.env);
    if ('name' in settings) return settings;
    const store = storeOf(this.parts.env);
    return 'name' in store ? store : { store, settings };
  }

  get #run(): RunState | undefined {
    return this.parts.storage.kv.get<RunState>(RUN);
  }

  set #run(run: RunState) {
    this.parts.storage.kv.put(RUN, run);
  }
}

interface Covered {
  readonly coveredAt?: number;
  readonly failures: number;
}

const RUN = 'backups-run';
const COVERED = 'backups-covered';
const SINCE = 'backups-since';
