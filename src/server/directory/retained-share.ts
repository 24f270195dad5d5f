import { DIRECTORY_MS_MAX } from '../../protocol/access-limits.ts';
import type { DeletedApplication } from '../../protocol/answers.ts';
import { RETAINED_ENDED_BATCH, RETAINED_RETRY_MS } from '../../protocol/deletion-limits.ts';
import { applicationName } from '../../protocol/ids.ts';
import { describeError, log } from '../logging/log.ts';
import { inTime } from '../rpc/in-time.ts';
import type { DirectoryAlarm } from './directory-alarm.ts';
import type { RetainedList } from './retained-list.ts';

/** An application as it is asked to end what it retains. */
export interface RetainingApplication {
  endRetained(epochs: readonly string[]): Promise<void>;
}

export interface RetainedShareParts {
  readonly list: RetainedList;
  readonly alarm: DirectoryAlarm;
  readonly owner: () => string | undefined;
  /** Undefined without the binding APPLICATION: then nobody is asked. */
  readonly applications: () => { getByName(name: string): RetainingApplication } | undefined;
}

/** Keeps an owner's deleted applications within its share: whoever creates and deletes in turn fills no disk [L18]. */
export class RetainedShare {
  readonly #parts: RetainedShareParts;

  constructor(parts: RetainedShareParts) {
    this.#parts = parts;
  }

  /** To be called after news. The alarm does the work, which outlives this instance. */
  check(): void {
    const { alarm, list } = this.#parts;
    if (list.surplus.length > 0) alarm.setBy(Date.now() + 1);
  }

  /** Has the oldest ended, so many at a time. Never throws. */
  async enforce(): Promise<void> {
    const { alarm, list, owner, applications } = this.#parts;
    const [named, remote] = [owner(), applications()];
    if (named === undefined || remote === undefined) return;
    const end = async (each: DeletedApplication): Promise<boolean> => {
      const application = applicationName({ owner: named, app: each.app });
      try {
        await inTime(remote.getByName(application).endRetained([each.epoch]), DIRECTORY_MS_MAX);
        list.remove(each);
        return true;
      } catch (error) {
        log('error', 'a deleted application could not be ended', { application, ...describeError(error) });
        return false;
      }
    };
    // At once: the alarm has other work, too, such as revocations.
    const ended = await Promise.all(list.surplus.slice(-RETAINED_ENDED_BATCH).map(end));
    if (list.surplus.length > 0) alarm.setBy(Date.now() + (ended.includes(false) ? RETAINED_RETRY_MS : 1));
  }
}
