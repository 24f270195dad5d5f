import { DIRECTORY_MS_MAX } from '../../protocol/access-limits.ts';
import { OWNER_REPORT_MS } from '../../protocol/operating-limits.ts';
import { describeError, log } from '../logging/log.ts';
import { inTime } from '../rpc/in-time.ts';
import type { OwnerReport } from '../rpc/registry.ts';
import type { DirectoryAlarm } from './directory-alarm.ts';

const REGISTRATION = `CREATE TABLE IF NOT EXISTS registration (id INTEGER PRIMARY KEY, owner TEXT, applications INTEGER,
  reportedAt INTEGER, pause INTEGER)`;

/** What was told last. */
interface Reported extends Record<string, SqlStorageValue> {
  readonly owner: string;
  readonly applications: number;
  /** ms since 1970. */
  readonly reportedAt: number;
  /** ms until the next report. */
  readonly pause: number;
}

export interface RegistrationParts {
  readonly sql: SqlStorage;
  readonly alarm: DirectoryAlarm;
  /** The owner, decoded; undefined where the platform does not tell the object's name. */
  readonly owner: () => string | undefined;
  /** Undefined without the binding DIRECTORY: then nobody is reported. */
  readonly registry: () => RemoteRegistry | undefined;
  /** What is so at this moment. */
  readonly owned: () => Omit<OwnerReport, 'owner' | 'at'>;
}

/** The registry as a directory calls it. */
export interface RemoteRegistry {
  report(report: OwnerReport): Promise<number>;
}

/**
 * Tells the registry of an owner's applications, always by the alarm, which outlives the instance: at once when the
 * first application begins or the last one ends, otherwise now and then.
 */
export class Registration {
  readonly #parts: RegistrationParts;
  /** Whether there may be something that the registry has not been told. Nothing is known of the instance before. */
  #isBehind: boolean = true;

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
  }

  /** The owner; undefined as long as it is not known. */
  get owner(): string | undefined {
    return this.#parts.owner() ?? this.#reported()?.owner;
  }

  /** To be called in the turn that changes the list, or its numbers. @param isEmpty whether no application is left */
  changed(isEmpty: boolean): void {
    this.#isBehind = true;
    this.#parts.alarm.setBy(this.#dueAt(isEmpty));
  }

  /** To be called when an existing list is read: one of an earlier version has told nobody yet. */
  seen(): void {
    if (this.#reported() === undefined) this.changed(false);
  }

  /** Reports, if there is something to report and it is due. Never throws. */
  async report(): Promise<void> {
    const { owner } = this;
    const registry = this.#parts.registry();
    if (!this.#isBehind || owner === undefined || registry === undefined) return;
    const owned = this.#parts.owned();
    const dueAt = this.#dueAt(owned.applications === 0);
    if (dueAt > Date.now() + 1) return this.#parts.alarm.setBy(dueAt);
    this.#isBehind = false;
    const { pause, reportedAt } = this.#reported() ?? { pause: OWNER_REPORT_MS, reportedAt: 0 };
    // Reports are told apart by their times, also when the clock goes back.
    const at = Math.max(Date.now(), reportedAt + 1);
    this.#store({ owner, applications: owned.applications, reportedAt: at, pause });
    try {
      const next = await inTime(registry.report({ owner, ...owned, at }), DIRECTORY_MS_MAX);
      if (next !== pause) this.#parts.sql.exec('UPDATE registration SET pause = ?', next);
    } catch (error) {
      log('error', 'an owner could not be registered', { owner, ...describeError(error) });
      this.#isBehind = true;
      this.#parts.alarm.setBy(Date.now() + OWNER_REPORT_MS);
    }
  }

  /** When the next report is due: at once when the first application has begun or the last one ended. */
  #dueAt(isEmpty: boolean): number {
    const reported = this.#reported();
    const soon = Date.now() + 1;
    if (reported === undefined || (reported.applications === 0) !== isEmpty) return soon;
    return Math.max(soon, reported.reportedAt + reported.pause);
  }

  #reported(): Reported | undefined {
    const { sql } = this.#parts;
    if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'registration'").toArray().length === 0) return undefined;
    return sql.exec<Reported>('SELECT owner, applications, reportedAt, pause FROM registration').toArray()[0];
  }

  #store({ owner, applications, reportedAt, pause }: Reported): void {
    const { sql } = this.#parts;
    sql.exec(REGISTRATION);
    sql.exec('INSERT OR REPLACE INTO registration VALUES (1, ?, ?, ?, ?)', owner, applications, reportedAt, pause);
  }
}
