import type { BackupFinding, BackupVerification, KeptBackup } from '../../protocol/backup-answers.ts';
import { BACKUP_READ_ATTEMPTS_MAX, BACKUP_SLICE_APPLICATIONS, BACKUP_SLICE_MS } from '../../protocol/backup-limits.ts';
import { log } from '../logging/log.ts';
import type { BackupStore } from './backup-store.ts';
import { type Catalog, isSound } from './catalog.ts';
import { isStoredWhole } from './write-backup.ts';

/** Where a verification stands: it goes over the backups in the order of their ids. */
export interface VerificationState extends BackupVerification {
  /** The last backup that was looked at; 0 before the first. */
  readonly after: number;
  /** Attempts to read the next one that have failed. */
  readonly attempts?: number;
}

/** A verification that has looked at nothing yet. */
export const newVerification = (startedAt: number, application: string | undefined): VerificationState => ({
  startedAt,
  ...(application === undefined ? {} : { application }),
  ...{ whole: 0, broken: 0, missing: 0, isRunning: true, after: 0 },
});

/** What a verification asks of others. */
export interface VerificationParts {
  readonly catalog: Catalog;
  readonly store: BackupStore;
  readonly now: () => number;
  /** Stores where it stands. */
  readonly save: (state: VerificationState) => void;
  /** Changes after this time, ms since 1970, may be in no backup that can be read; undefined: all changes. */
  readonly uncover: (at: number | undefined) => void;
}

/** Goes on with a verification for as long as one slice may last. What it finds is stored with each backup [K6]. */
export const continueVerification = async (parts: VerificationParts, begun: VerificationState): Promise<void> => {
  const { catalog, now, save } = parts;
  const end = now() + BACKUP_SLICE_MS;
  let state = begun;
  for (let looked = 0; looked < BACKUP_SLICE_APPLICATIONS && now() < end; looked += 1) {
    const [kept] = catalog.page(state.application, state.after, 1).entries;
    if (kept === undefined) return save({ ...state, isRunning: false });
    const { attempts: _, ...rest } = state;
    const finding = await findingOf(parts, state, kept);
    // Retention may have let it go meanwhile.
    if (catalog.find(kept.id) !== undefined) note(parts, kept, finding);
    state = { ...rest, after: kept.id, [finding]: state[finding] + 1 };
    save(state);
  }
};

const note = ({ catalog, now, uncover }: VerificationParts, kept: KeptBackup, finding: BackupFinding): void => {
  const isNewest = catalog.newest(kept.application)?.id === kept.id;
  catalog.verified(kept.id, finding, now());
  if (finding === 'whole') return;
  const { id, application } = kept;
  log('error', 'a backup is not whole', { application, backup: id, finding });
  if (isNewest) uncover(catalog.of(application).filter(isSound).at(-1)?.at);
};

/** @throws what the store throws, until it has done so too often */
const findingOf = async (
  { store, save }: VerificationParts,
  state: VerificationState,
  kept: KeptBackup,
): Promise<BackupFinding> => {
  try {
    const isWhole = await isStoredWhole(store, kept);
    if (isWhole === undefined) return 'missing';
    return isWhole ? 'whole' : 'broken';
  } catch (error) {
    const attempts = (state.attempts ?? 0) + 1;
    if (attempts >= BACKUP_READ_ATTEMPTS_MAX) return 'broken';
    save({ ...state, attempts });
    throw error;
  }
};
