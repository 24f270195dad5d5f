import { EXPORTS_MAX, FORKS_MAX, FORKS_PER_SUBJECT_MAX } from '../../../protocol/limits.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import { BACKUPS_SUBJECT } from '../../rpc/backups.ts';

/** What is being read over several turns: by a scheduled backup, which has a slot of its own, by an export, or by a fork. */
type Use = 'backup' | 'export' | 'fork';

const SLOTS: Readonly<Record<Use, { readonly all: number; readonly perSubject: number }>> = {
  backup: { all: 1, perSubject: 1 },
  export: { all: EXPORTS_MAX, perSubject: EXPORTS_MAX },
  fork: { all: FORKS_MAX, perSubject: FORKS_PER_SUBJECT_MAX },
};

type Opened = ReadableStream<Uint8Array> | Problem;

/**
 * The exports and forks of an application that are under way [L11] [L13]. Readers, who may fork, take no slot of admins,
 * who may export; and neither takes that of the scheduled backups [K4].
 */
export class ExportSlots {
  readonly #taken = new Set<{ readonly use: Use; readonly subject: string }>();

  /**
   * Opens a stream in a slot.
   *
   * @param make called with what gives the slot back, which may be called more than once
   * @returns the reason why there is no slot, or no stream
   */
  open(form: 'export' | 'fork', subject: string, make: (release: () => void) => Opened): Opened {
    const use: Use = form === 'export' && subject === BACKUPS_SUBJECT ? 'backup' : form;
    const same = [...this.#taken].filter((each) => each.use === use);
    const own = same.filter((each) => each.subject === subject);
    if (same.length >= SLOTS[use].all || own.length >= SLOTS[use].perSubject)
      return problem('unavailable', `Too many ${form}s are running.`, { retryAfter: 5 });
    const slot = { use, subject };
    const release = () => void this.#taken.delete(slot);
    this.#taken.add(slot);
    try {
      const opened = make(release);
      if ('name' in opened) release();
      return opened;
    } catch (error) {
      release();
      throw error;
    }
  }
}
