import { afterEach, describe, expect, it, vi } from 'vitest';
import { STORE_MS_MAX } from '../../../../src/protocol/backup-limits.ts';
import { BACKUP_MS_MAX } from '../../../../src/protocol/limits.ts';
import type { BackupStore } from '../../../../src/server/backups/backup-store.ts';
import { timedStore } from '../../../../src/server/backups/timed-store.ts';

const never = () => new Promise<never>(() => undefined);
const silent: BackupStore = { write: never, read: never, remove: never };

/** A store whose content stops after one piece. */
const stalling = (onCancel: () => void): BackupStore => ({
  ...silent,
  read: async () =>
    new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array(3)), cancel: onCancel }),
});

afterEach(() => vi.useRealTimers());

describe('[K2] a silent store', () => {
  it.each<[string, (store: BackupStore) => Promise<unknown>, number]>([
    ['write', (store) => store.write('k', new ReadableStream()), BACKUP_MS_MAX],
    ['read', (store) => store.read('k'), STORE_MS_MAX],
    ['remove', (store) => store.remove(['k']), STORE_MS_MAX],
  ])('fails a %s when its time is over, so that the run goes on', async (_, call, ms) => {
    vi.useFakeTimers();
    const failure = call(timedStore(silent)).catch(String);
    await vi.advanceTimersByTimeAsync(ms);
    expect(await failure).toContain(`no answer within ${ms} ms`);
  });

  it('fails a content that stops, and passes on what came and that its reader has ended', async () => {
    vi.useFakeTimers();
    const onCancel = vi.fn();
    const open = async () => (await timedStore(stalling(onCancel)).read('k'))?.getReader();
    const reader = await open();
    expect((await reader?.read())?.value).toHaveLength(3);
    const failure = reader?.read().catch(String);
    await vi.advanceTimersByTimeAsync(STORE_MS_MAX);
    expect(await failure).toContain('no answer within');
    await (await open())?.cancel('enough');
    expect(onCancel).toHaveBeenCalledTimes(1);
  });
});
