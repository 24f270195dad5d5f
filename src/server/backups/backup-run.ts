import type { ListedApplication } from '../../protocol/answers.ts';
import type { BackupRun } from '../../protocol/backup-answers.ts';
import {
  BACKUP_PAGE_MAX,
  BACKUP_SLICE_APPLICATIONS,
  BACKUP_SLICE_MS,
  BACKUP_SLICE_PAGES,
} from '../../protocol/backup-limits.ts';
import { encodeOwner } from '../../protocol/owners.ts';
import { type Catalog, isSound } from './catalog.ts';

/** Where a run stands: it goes over all owners, and over the applications of each, in order. */
export interface RunState {
  /** ms since 1970. */
  readonly startedAt: number;
  /** The last owner that is done; '' before the first. */
  readonly owner: string;
  /** The owner whose applications are being looked through, and the last of them that is done. */
  readonly current?: { readonly owner: string; readonly app: string };
  /** Applications that could not be backed up. */
  readonly failures: number;
  /** Those that were backed up, and those that have not changed; absent in a run that an earlier version has begun. */
  readonly made?: number;
  readonly unchanged?: number;
  /** How far retention has come, once the run has gone over all applications. */
  readonly expiry?: ExpiryState;
}

/** Where retention stands: it goes over all applications with backups, in order, twice. */
export interface ExpiryState {
  /** First as if all applications existed, then of those that are deleted. */
  readonly step: 'existing' | 'deleted';
  /** The last application that is done; '' before the first. */
  readonly after: string;
  /** Applications of which this run has asked whether they still exist. */
  readonly lookedUp: number;
}

/** A run that has looked at nothing yet. */
export const newRun = (startedAt: number): RunState => ({ startedAt, owner: '', failures: 0 });

/** What a run tells of itself. */
export const describeRun = ({ startedAt, failures, made = 0, unchanged = 0 }: RunState): BackupRun => ({
  startedAt,
  ...{ made, unchanged, failed: failures },
});

/** What became of the backup of an application. */
export type BackupResult = 'made' | 'failed' | 'deleted';

/** What a run asks of others. */
export interface RunParts {
  readonly catalog: Catalog;
  /** Owners after one, in order. */
  readonly owners: (after: string, limit: number) => Promise<readonly { readonly owner: string }[]>;
  /** An owner's applications after one, in order. */
  readonly applications: (owner: string, after: string, limit: number) => Promise<readonly ListedApplication[]>;
  /** Makes a backup. */
  readonly backUp: (application: string) => Promise<BackupResult>;
  /** Stores where the run stands. */
  readonly save: (run: RunState) => void;
  readonly now: () => number;
}

/** Goes on with a run until it is done or has done what one slice may. @returns undefined when it is done; its last state is saved */
export const continueRun = async (parts: RunParts, begun: RunState): Promise<RunState | undefined> => {
  const slice = new Slice(parts.now);
  let run = begun;
  while (!slice.isOver) {
    slice.pages += 1;
    if (run.current === undefined) {
      const [next] = await parts.owners(run.owner, 1);
      if (next === undefined) return undefined;
      run = { ...run, current: { owner: next.owner, app: '' } };
    } else {
      run = await lookThrough(parts, { ...run, current: run.current }, slice);
    }
    parts.save(run);
  }
  return run;
};

/** Counts what one slice may do. */
class Slice {
  pages = 0;
  backups = 0;
  readonly #end: number;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
    this.#end = now() + BACKUP_SLICE_MS;
  }

  get isOver(): boolean {
    return this.backups >= BACKUP_SLICE_APPLICATIONS || this.pages >= BACKUP_SLICE_PAGES || this.#now() >= this.#end;
  }
}

/** Backs up what has changed of one page of an owner's applications. */
const lookThrough = async (
  parts: RunParts,
  begun: RunState & { readonly current: { readonly owner: string; readonly app: string } },
  slice: Slice,
): Promise<RunState> => {
  let run = begun;
  const { owner } = run.current;
  const listed = await parts.applications(owner, run.current.app, BACKUP_PAGE_MAX);
  for (const each of listed) {
    if (slice.isOver) return run;
    const application = `${encodeOwner(owner)}/${each.app}`;
    if (needsBackup(parts.catalog, application, each)) {
      slice.backups += 1;
      run = counted(run, await parts.backUp(application));
    } else {
      run = counted(run, 'unchanged');
    }
    run = { ...run, current: { owner, app: each.app } };
    parts.save(run);
  }
  if (listed.length === BACKUP_PAGE_MAX) return run;
  const { current: _, ...rest } = run;
  return { ...rest, owner };
};

const counted = <Run extends RunState>(run: Run, result: BackupResult | 'unchanged'): Run => ({
  ...run,
  failures: run.failures + (result === 'failed' ? 1 : 0),
  made: (run.made ?? 0) + (result === 'made' ? 1 : 0),
  unchanged: (run.unchanged ?? 0) + (result === 'unchanged' ? 1 : 0),
});

/**
 * Whether an application has changed since its newest backup, or that one is not whole any more [K6]. One that is listed
 * by its name alone may have changed.
 */
const needsBackup = (catalog: Catalog, application: string, listed: ListedApplication): boolean => {
  const newest = catalog.newest(application);
  if (newest === undefined || !isSound(newest) || !('epoch' in listed)) return true;
  return newest.epoch !== listed.epoch || newest.version < listed.version;
};
