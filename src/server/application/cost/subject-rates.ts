import { LruCache } from '../../../core/limits/lru-cache.ts';
import { TokenBucket } from '../../../core/limits/token-bucket.ts';
import { MESSAGES_PER_REQUEST } from '../../../core/prices.ts';
import { RATE_BURST_SECONDS, RATE_BYTES, RATE_SUBJECTS_MAX, RATE_WORK_BYTES } from '../../../protocol/limits.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';

/** The variable of a deployment that limits what each subject may cause in each application [F4]. */
export interface RateEnvironment {
  /** Requests in a second, or what counts like them; without it there is no such limit. */
  readonly RATE_REQUESTS_PER_SECOND?: string;
}

/** The cost of a request with this many characters, in requests. */
export const requestCost = (length: number): number => 1 + length / RATE_BYTES;

/** The cost of a frame with this many characters, in requests: the platform bills it as a part of one, too. */
export const frameCost = (length: number): number => 1 / MESSAGES_PER_REQUEST + length / RATE_BYTES;

/** Counts what each subject causes: requests, frames, bytes and work, in one account that is kept in requests [F4]. */
export class SubjectRates {
  readonly #perSecond: number | undefined;
  readonly #accounts = new LruCache<string, TokenBucket>(RATE_SUBJECTS_MAX);

  constructor({ RATE_REQUESTS_PER_SECOND: text }: RateEnvironment) {
    if (text !== undefined) this.#perSecond = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : Number.NaN;
  }

  /** Counts a request or a frame. @returns the reason why it is refused; it is then not counted */
  take(user: string, cost: number): Problem | undefined {
    const now = Date.now();
    const account = this.#accountOf(user, now);
    if (account === undefined) return undefined;
    if (account === 'misconfigured')
      return problem('not-configured', 'RATE_REQUESTS_PER_SECOND is a whole number from 1 on.');
    const retryAfter = account.retryAfter(now);
    if (retryAfter !== undefined)
      return problem('rate-limited', `Too much at once: wait ${retryAfter} s.`, { retryAfter });
    account.charge(now, cost);
    return undefined;
  }

  /** Counts work that changes of the subject have done, in bytes. */
  chargeWork(user: string, bytes: number): void {
    if (bytes === 0) return;
    const now = Date.now();
    const account = this.#accountOf(user, now);
    if (account instanceof TokenBucket) account.charge(now, bytes / RATE_WORK_BYTES);
  }

  /** Undefined where nothing is limited. Without a name it is a call of an older Worker, or of the deployment itself. */
  #accountOf(user: string, now: number): TokenBucket | 'misconfigured' | undefined {
    const perSecond = this.#perSecond;
    if (perSecond === undefined || user === '') return undefined;
    if (Number.isNaN(perSecond)) return 'misconfigured';
    const known = this.#accounts.get(user);
    if (known !== undefined) return known;
    const account = new TokenBucket({ perSecond, burst: perSecond * RATE_BURST_SECONDS }, now);
    this.#accounts.set(user, account);
    return account;
  }
}
