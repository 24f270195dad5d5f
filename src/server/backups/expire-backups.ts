import type { KeptBackup } from '../../protocol/backup-answers.ts';
import { BACKUP_EXPIRY_MAX, BACKUP_LOST_KEEP_MS } from '../../protocol/backup-limits.ts';
import { parseOwner } from '../../protocol/owners.ts';
import type { ExpiryState, RunParts } from './backup-run.ts';
import type { BackupSettings } from './backup-settings.ts';
import { type Catalog, isSound } from './catalog.ts';
import type { JobState } from './job-state.ts';
import { expiredOf } from './retention.ts';
import { manifestKey } from './write-backup.ts';

interface ExpiryParts {
  readonly catalog: Catalog;
  readonly settings: BackupSettings;
  readonly now: () => number;
}

/**
 * Lets the backups of an application go that are not to be kept. An existing application keeps its newest one.
 *
 * @returns how many backups it had
 */
export const expire = (
  { catalog, settings, now }: ExpiryParts,
  application: string,
  condition: ExpiryState['step'],
): number => {
  const exists = condition === 'existing';
  // One that is not whole takes no other's place, and stays for some days: it may be found whole again.
  const kept = catalog.of(application);
  const sound = kept.filter(isSound);
  const times = sound.map(({ at }) => at);
  const expired = new Set(expiredOf(times, settings.retention, now(), exists));
  const lost = sound.length > 0 || !exists ? catalog.lost(application, now() - BACKUP_LOST_KEEP_MS) : [];
  for (const each of [...sound.filter(({ at }) => expired.has(at)), ...lost])
    catalog.expire(each, [each.key, manifestKey(each.key)]);
  return kept.length;
};

/** Applications of which one run asks whether they still exist: each takes a request. */
const LOOKED_UP_MAX = 10;

type Parts = ExpiryParts &
  Pick<RunParts, 'applications'> & {
    readonly state: Pick<JobState, 'lookedUp'>;
    /** Stores where it stands. */
    readonly save: (expiry: ExpiryState) => void;
  };

/**
 * Goes on to let all backups go that are not to be kept, also of applications that have not changed or are deleted, for as
 * long as one turn may last.
 *
 * @param begun undefined: at the beginning
 * @returns undefined when it is done; otherwise where it stands, which is saved
 */
export const continueExpiry = async (parts: Parts, begun: ExpiryState = NEW): Promise<ExpiryState | undefined> => {
  let expiry = begun;
  for (let looked = 0; looked < BACKUP_EXPIRY_MAX; ) {
    const step = await expireNext(parts, expiry);
    if (step === undefined) return undefined;
    looked += step.looked;
    expiry = step.expiry;
  }
  parts.save(expiry);
  return expiry;
};

const NEW: ExpiryState = { step: 'existing', after: '', lookedUp: 0 };

/** What was done for one application. */
interface Step {
  /** Backups that it has read. */
  readonly looked: number;
  readonly expiry: ExpiryState;
}

/** @returns undefined when nothing is left for this run */
const expireNext = async (parts: Parts, expiry: ExpiryState): Promise<Step | undefined> => {
  const { catalog, state } = parts;
  const application = catalog.nextApplication(expiry.after);
  if (application === undefined && expiry.step === 'deleted') {
    state.lookedUp = '';
    return undefined;
  }
  if (application === undefined) return { looked: 0, expiry: { ...NEW, step: 'deleted', after: state.lookedUp } };
  if (expiry.step === 'deleted') return expireDeleted(parts, application, expiry);
  return { looked: expire(parts, application, 'existing'), expiry: { ...expiry, after: application } };
};

const expireDeleted = async (parts: Parts, application: string, begun: ExpiryState): Promise<Step | undefined> => {
  const kept = parts.catalog.of(application);
  if (!isDue(parts, kept)) return { looked: kept.length, expiry: { ...begun, after: application } };
  if (begun.lookedUp >= LOOKED_UP_MAX) return undefined;
  if (!(await isListed(parts, application))) expire(parts, application, 'deleted');
  // The next run goes on behind it: many that exist must not keep those behind them from being asked for.
  parts.state.lookedUp = application;
  const expiry: ExpiryState = { ...begun, after: application, lookedUp: begun.lookedUp + 1 };
  parts.save(expiry);
  return { looked: kept.length, expiry };
};

/** Whether the newest backup would go, too, if the application were deleted. */
const isDue = ({ settings, now }: ExpiryParts, kept: readonly KeptBackup[]): boolean => {
  const newest = kept.at(-1);
  return newest !== undefined && expiredOf([newest.at], settings.retention, now(), false).length > 0;
};

const isListed = async ({ applications }: Pick<RunParts, 'applications'>, name: string): Promise<boolean> => {
  const slash = name.indexOf('/');
  const [owner, app] = [parseOwner(name.slice(0, slash)), name.slice(slash + 1)];
  if (owner === undefined) return false;
  const [next] = await applications(owner, justBefore(app), 1);
  return next?.app === app;
};

/** No name of an application comes between this text and that name. Names are ASCII, and lists go by their bytes. */
const justBefore = (app: string): string =>
  `${app.slice(0, -1)}${String.fromCharCode(app.charCodeAt(app.length - 1) - 1)}\u{10ffff}`;
