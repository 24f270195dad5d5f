import { BACKUP_SWEEP_MAX } from '../../protocol/backup-limits.ts';
import type { MakerParts } from './backup-maker.ts';

type GarbageParts = Pick<MakerParts, 'catalog' | 'store'>;

/** Removes garbage from the store, as much as one request may. @returns whether there is more */
export const sweep = async (parts: GarbageParts): Promise<boolean> => {
  const keys = parts.catalog.garbage(BACKUP_SWEEP_MAX);
  if (keys.length === 0) return false;
  await remove(parts, keys);
  return keys.length === BACKUP_SWEEP_MAX;
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
