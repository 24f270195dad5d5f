import type { BackupRun } from '../../protocol/backup-answers.ts';
import type { RunState } from './backup-run.ts';
import type { VerificationState } from './verification.ts';

/** What is covered by backups, as of the last run. */
export interface Covered {
  /** Every change before this time is in a backup, ms since 1970; absent before the first run without a failure. */
  readonly coveredAt?: number;
  readonly failures: number;
  /** When a backup was found last that is not whole, and is the newest one of its application. */
  readonly uncoveredAt?: number;
}

/** A run that has ended. */
export interface EndedRun extends BackupRun {
  /** ms since 1970. */
  readonly endedAt: number;
}

/** Where the scheduled backups stand, as it is stored: whatever ends an instance, the next one goes on. */
export class JobState {
  readonly #kv: DurableObjectStorage['kv'];

  constructor(storage: DurableObjectStorage) {
    this.#kv = storage.kv;
  }

  /** Since when there are backups, ms since 1970. */
  get since(): number | undefined {
    return this.#kv.get(SINCE);
  }

  set since(since: number) {
    this.#kv.put(SINCE, since);
  }

  /** The run in progress. */
  get run(): RunState | undefined {
    return this.#kv.get(RUN);
  }

  set run(run: RunState) {
    this.#kv.put(RUN, run);
  }

  get lastRun(): EndedRun | undefined {
    return this.#kv.get(LAST_RUN);
  }

  get covered(): Covered {
    return this.#kv.get<Covered>(COVERED) ?? { failures: 0 };
  }

  /** The verification in progress, or the last one. */
  get verification(): VerificationState | undefined {
    return this.#kv.get(VERIFICATION);
  }

  set verification(verification: VerificationState) {
    this.#kv.put(VERIFICATION, verification);
  }

  /** The application of which a run has asked last whether it still exists; '' when it came to the end of them. */
  get lookedUp(): string {
    return this.#kv.get(LOOKED_UP) ?? '';
  }

  set lookedUp(application: string) {
    this.#kv.put(LOOKED_UP, application);
  }

  /** The run in progress has ended. */
  ended(run: EndedRun, covered: Covered): void {
    this.#kv.put(LAST_RUN, run);
    this.#kv.put(COVERED, covered);
    this.#kv.delete(RUN);
  }

  /**
   * Changes after a time may be in no backup that can be read, as the newest one of an application is not whole.
   *
   * @param at when its newest whole backup was begun; undefined where it has none
   */
  uncover(at: number | undefined, uncoveredAt: number): void {
    const { coveredAt, failures } = this.covered;
    const left = at === undefined || coveredAt === undefined ? {} : { coveredAt: Math.min(at, coveredAt) };
    this.#kv.put<Covered>(COVERED, { ...left, failures, uncoveredAt });
  }
}

const RUN = 'backups-run';
const LAST_RUN = 'backups-last-run';
const COVERED = 'backups-covered';
const LOOKED_UP = 'backups-looked-up';
const SINCE = 'backups-since';
const VERIFICATION = 'backups-verification';
