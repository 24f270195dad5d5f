import { BACKUP_SWEEP_MAX } from '../../protocol/backup-limits.ts';
import { describeError, log } from '../logging/log.ts';
import type { MakerParts } from './backup-maker.ts';

type GarbageParts = Pick<MakerParts, 'catalog' | 'store'>;

/** What a sweep has left: `failed` when the store does not remove what is to go. */
type Swept = 'clean' | 'more' | 'failed';

/** Removes garbage from the store, as much as one request may. Never throws: what cannot be removed must stop no backup. */
export const sweep = async (parts: GarbageParts): Promise<Swept> => {
  const keys = parts.catalog.garbage(BACKUP_SWEEP_MAX);
  if (keys.length === 0) return 'clean';
  try {
    await remove(parts, keys);
  } catch (error) {
    log('error', 'backups that are not needed could not be removed', describeError(error));
    return 'failed';
  }
  return keys.length === BACKUP_SWEEP_MAX ? 'more' : 'clean';
};

/** Removes all garbage of an application. */
export const removeGarbageOf = async (application: string, parts: GarbageParts): Promise<void> => {
  const garbage = (): string[] => parts.catalog.garbageOf(application, BACKUP_SWEEP_MAX);
  for (let keys = garbage(); keys.length > 0; keys = garbage()) await remove(parts, keys);
};

const remove = async ({ catalog, store }: GarbageParts, keys: readonly string[]): Promise<void> => {
  await store.remove(keys);
  catalog.removed(keys);
};
