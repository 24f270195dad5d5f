import type { ProblemBody } from '../../protocol/problems.ts';
import { Deferred } from '../platform/deferred.ts';
import { ProblemError } from '../platform/problem-error.ts';
import type { Tokens } from '../platform/tokens.ts';
import type { Status } from './status.ts';

/** The promise for the first state. It follows the status: once it is settled, another promise stands for what comes next. */
export class Loaded {
  readonly #tokens: Pick<Tokens, 'isRenewable'>;
  #deferred = new Deferred<void>();
  #outcome: 'open' | 'loaded' | 'failed' = 'open';

  constructor(tokens: Pick<Tokens, 'isRenewable'>) {
    this.#tokens = tokens;
  }

  get promise(): Promise<void> {
    return this.#deferred.promise;
  }

  /** To be called with each status. */
  update({ loaded, error }: Pick<Status, 'loaded' | 'error'>): void {
    const outcome = loaded ? 'loaded' : error && isRefusal(error, this.#tokens) ? 'failed' : 'open';
    if (outcome === this.#outcome) return;
    if (this.#outcome !== 'open') this.#deferred = new Deferred();
    this.#outcome = outcome;
    if (outcome === 'loaded') {
      this.#deferred.resolve();
      // As React marks promises: `use` of one that is marked does not suspend, not even for a moment.
      Object.assign(this.promise, { status: 'fulfilled', value: undefined });
    } else if (outcome === 'failed' && error) this.fail(error);
  }

  /** Has no effect on a promise that is settled. */
  fail(problem: ProblemBody): void {
    // Most pages never look at it.
    this.promise.catch(() => undefined);
    this.#deferred.reject(new ProblemError(problem));
  }
}

/** Whether the server does not let this subject read: a token that can be renewed is, and all else passes by itself. */
export const isRefusal = ({ status }: ProblemBody, { isRenewable }: Pick<Tokens, 'isRenewable'>): boolean =>
  status === 403 || status === 404 || (status === 401 && !isRenewable);
