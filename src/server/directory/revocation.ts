import {
  REVOCATION_BATCH_MAX,
  REVOCATION_NOTIFIED_MAX,
  REVOCATION_RETRY_MS,
  REVOCATION_TIMEOUT_MS,
} from '../../protocol/access-limits.ts';
import type { Revoked } from '../../protocol/operator-answers.ts';
import { describeError, log } from '../logging/log.ts';
import { inTime } from '../rpc/in-time.ts';
import type { SubjectUses } from './subject-uses.ts';

export interface RevocationParts {
  readonly uses: SubjectUses;
  /** The subject. */
  readonly subject: () => string;
  /** Tells one application. */
  readonly notify: (application: string, subject: string, before: number) => Promise<void>;
  /** Sets the directory's alarm to a time, ms since 1970. */
  readonly setAlarm: (time: number) => void;
}

/**
 * Revokes the tokens of a subject that were issued before a time [A13]: durable at once, then told to each application
 * that the subject has used lately. What could not be told is told again by the alarm.
 */
export class Revocation {
  readonly #parts: RevocationParts;

  constructor(parts: RevocationParts) {
    this.#parts = parts;
  }

  /** @param before seconds since 1970 */
  async revoke(before: number): Promise<Revoked> {
    const { uses } = this.#parts;
    uses.revoke(before);
    // Set before anything is told: it outlives this instance.
    if (uses.pending(1).length > 0) this.#retryLater();
    const notified = await this.#notifyAll();
    return { before: uses.revokedBefore, notified, pending: uses.pending(Number.MAX_SAFE_INTEGER).length };
  }

  /** To be called by the alarm. Never throws: after six failures the runtime drops the alarm for good. */
  async onAlarm(): Promise<void> {
    if (this.#parts.uses.retryAt !== undefined) await this.#notifyAll();
  }

  async #notifyAll(): Promise<number> {
    const { uses } = this.#parts;
    const waiting = uses.pending(REVOCATION_NOTIFIED_MAX);
    let notified = 0;
    for (let start = 0; start < waiting.length; start += REVOCATION_BATCH_MAX) {
      const batch = waiting.slice(start, start + REVOCATION_BATCH_MAX);
      const results = await Promise.all(batch.map((application) => this.#notify(application)));
      notified += results.filter((result) => result === 'notified').length;
    }
    if (uses.pending(1).length > 0) this.#retryLater();
    else uses.setRetryAt(undefined);
    return notified;
  }

  async #notify(application: string): Promise<'notified' | 'failed'> {
    const { uses, subject, notify } = this.#parts;
    const before = uses.revokedBefore;
    try {
      await inTime(notify(application, subject(), before), REVOCATION_TIMEOUT_MS);
      // Another revocation may have begun meanwhile.
      if (uses.revokedBefore === before) uses.notified(application);
      return 'notified';
    } catch (error) {
      log('error', 'an application was not told of a revocation', { application, ...describeError(error) });
      return 'failed';
    }
  }

  #retryLater(): void {
    const { uses, setAlarm } = this.#parts;
    const time = Date.now() + REVOCATION_RETRY_MS;
    uses.setRetryAt(time);
    setAlarm(time);
  }
}
