import { ALARM_OVERDUE_MS, OWNER_REPORT_MS } from '../../protocol/limits.ts';
import { describeError, log } from '../logging/log.ts';
import type { OwnerReport } from '../rpc/registry.ts';

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
  readonly storage: DurableObjectStorage;
  /** Sets the directory's alarm to a time, ms since 1970. */
  readonly setAlarm: (time: number) => void;
  /** The owner, decoded; undefined where the platform does not tell the object's name. */
  readonly owner: () => string | undefined;
  /** Undefined without the binding DIRECTORY: then nobody is reported. */
  readonly registry: () => RemoteRegistry | undefined;
  /** The applications at this moment. */
  readonly owned: () => Pick<OwnerReport, 'applications' | 'lastChangeAt'>;
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
  /** The time of the alarm that this instance has set, ms since 1970. */
  #alarmAt: number | undefined;

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
  }

  /** To be called in the turn that changes the list. @param isEmpty whether no application is left */
  changed(isEmpty: boolean): void {
    const reported = this.#reported();
    if (reported === undefined || (reported.applications === 0) !== isEmpty) this.#setAlarm(Date.now() + 1);
    else this.#setAlarm(Math.max(Date.now() + 1, reported.reportedAt + reported.pause));
  }

  /** To be called when an existing list is read: one of an earlier version has told nobody yet. */
  seen(): void {
    if (this.#reported() === undefined) this.#setAlarm(Date.now() + 1);
  }

  /** Handles the alarm. Never throws: after six failures the runtime drops the alarm for good. */
  async onAlarm(): Promise<void> {
    this.#alarmAt = undefined;
    const owner = this.#reported()?.owner ?? this.#parts.owner();
    const registry = this.#parts.registry();
    if (owner === undefined || registry === undefined) return;
    const { applications, lastChangeAt } = this.#parts.owned();
    const at = Date.now();
    this.#store({ owner, applications, reportedAt: at, pause: OWNER_REPORT_MS });
    try {
      const pause = await registry.report({ owner, applications, lastChangeAt, at });
      if (pause !== OWNER_REPORT_MS) this.#parts.storage.sql.exec('UPDATE registration SET pause = ?', pause);
    } catch (error) {
      log('error', 'an owner could not be registered', { owner, ...describeError(error) });
      this.#setAlarm(Date.now() + OWNER_REPORT_MS);
    }
  }

  /** Leaves an alarm that is set for an earlier time and not lost. */
  #setAlarm(time: number): void {
    const set = this.#alarmAt;
    if (set !== undefined && set <= time && set > Date.now() - ALARM_OVERDUE_MS) return;
    this.#alarmAt = time;
    this.#parts.setAlarm(time);
  }

  #reported(): Reported | undefined {
    const { sql } = this.#parts.storage;
    if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'registration'").toArray().length === 0) return undefined;
    return sql.exec<Reported>('SELECT owner, applications, reportedAt, pause FROM registration').toArray()[0];
  }

  #store({ owner, applications, reportedAt, pause }: Reported): void {
    const { sql } = this.#parts.storage;
    sql.exec(REGISTRATION);
    sql.exec('INSERT OR REPLACE INTO registration VALUES (1, ?, ?, ?, ?)', owner, applications, reportedAt, pause);
  }
}
