import { STORE_MS_MAX } from '../../protocol/backup-limits.ts';
import { BACKUP_MS_MAX } from '../../protocol/limits.ts';
import { inTime } from '../rpc/in-time.ts';
import type { BackupStore } from './backup-store.ts';

/** A store that fails when it is silent: it would hold its slice, and with it every later backup, for ever. */
export const timedStore = (store: BackupStore): BackupStore => ({
  write: (key, content) => inTime(store.write(key, content), BACKUP_MS_MAX),
  async read(key) {
    const content = await inTime(store.read(key), STORE_MS_MAX);
    return content === undefined ? undefined : timedContent(content);
  },
  remove: (keys) => inTime(store.remove(keys), STORE_MS_MAX),
});

/** Only the silence of the store counts, not the time that the reader takes. */
const timedContent = (content: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> => {
  const reader = content.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await inTime(reader.read(), STORE_MS_MAX);
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
};
