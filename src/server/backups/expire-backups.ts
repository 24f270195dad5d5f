import { BACKUP_LOST_KEEP_MS, BACKUP_PAGE_MAX } from '../../protocol/backup-limits.ts';
import { parseOwner } from '../../protocol/owners.ts';
import type { RunParts } from './backup-run.ts';
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

/** Lets the backups of an application go that are not to be kept. An existing application keeps its newest one. */
export const expire = (
  { catalog, settings, now }: ExpiryParts,
  application: string,
  condition: 'existing' | 'deleted',
): void => {
  const exists = condition === 'existing';
  // One that is not whole takes no other's place, and stays for some days: it may be found whole again.
  const sound = catalog.of(application).filter(isSound);
  const times = sound.map(({ at }) => at);
  const expired = new Set(expiredOf(times, settings.retention, now(), exists));
  const lost = sound.length > 0 || !exists ? catalog.lost(application, now() - BACKUP_LOST_KEEP_MS) : [];
  for (const each of [...sound.filter(({ at }) => expired.has(at)), ...lost])
    catalog.expire(each, [each.key, manifestKey(each.key)]);
};

/** Applications of which one run asks whether they still exist: each takes a request. */
const LOOKED_UP_MAX = 10;

/** Lets all backups go that are not to be kept, also of applications that have not changed or are deleted. */
export const expireAll = async (
  parts: ExpiryParts & Pick<RunParts, 'applications'> & { readonly state: Pick<JobState, 'lookedUp'> },
): Promise<void> => {
  for (const application of namesIn(parts.catalog, '')) expire(parts, application, 'existing');
  let lookedUp = 0;
  for (const application of namesIn(parts.catalog, parts.state.lookedUp)) {
    if (!isDue(parts, application)) continue;
    if (lookedUp >= LOOKED_UP_MAX) return;
    lookedUp += 1;
    if (!(await isListed(parts, application))) expire(parts, application, 'deleted');
    // The next run goes on behind it: many that exist must not keep those behind them from being asked for.
    parts.state.lookedUp = application;
  }
  parts.state.lookedUp = '';
};

function* namesIn(catalog: Catalog, first: string): Generator<string> {
  for (let after = first; ; ) {
    const names = catalog.applications(after, BACKUP_PAGE_MAX);
    yield* names;
    const last = names.at(-1);
    if (last === undefined) return;
    after = last;
  }
}

/** Whether the newest backup would go, too, if the application were deleted. */
const isDue = ({ catalog, settings, now }: ExpiryParts, application: string): boolean => {
  const newest = catalog.newest(application);
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
