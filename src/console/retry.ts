import type { ProblemBody } from '../protocol/problems.ts';
import { type Answer, numberOf } from './call.ts';
import { problemOf } from './problem.ts';

const BACKOFF_MS_MIN = 250;
const BACKOFF_MS_MAX = 10_000;

/** When a loop may try again. */
export class Retry {
  #failures = 0;
  #until = 0;
  /** What it fails of, once that is more than one bad moment. */
  problem: ProblemBody | undefined;

  get waitMs(): number {
    return Math.max(0, this.#until - performance.now());
  }

  /** Exponential backoff with full jitter on top of `Retry-After`: below it nobody may come, at it all would come together. */
  failed(answer: Answer): number {
    const spreadMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** this.#failures);
    this.#until = performance.now() + numberOf(answer, 'Retry-After') * 1_000 + Math.random() * spreadMs;
    this.problem = this.#failures === 0 ? undefined : problemOf(answer);
    this.#failures += 1;
    return this.waitMs;
  }

  reset(): void {
    this.#failures = 0;
    this.#until = 0;
    this.problem = undefined;
  }
}
