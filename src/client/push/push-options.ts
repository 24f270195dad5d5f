import { etagOf, type Version } from '../../protocol/version.ts';
import { clientProblem, ProblemError } from '../platform/problem-error.ts';
import { countOf } from './batch.ts';
import type { PendingChange, PendingQueue, Undoes } from './pending-queue.ts';

/** The options of a push and of a batch. */
export interface PushOptions {
  /**
   * Applies it only while the state has this etag, with its quotes [Q12]: `client.etag`, or that of an answer of the API.
   * Otherwise it is rejected with `precondition-failed`, whose `version` and `etag` are those of that moment. Own changes
   * that are pending move the state, too: `ifUnchanged` allows for them. `*` is any state.
   */
  readonly ifMatch?: string;
  /**
   * Applies it only when nobody else has changed anything since the confirmed state that shows here; changes of this browser
   * that were pushed before it do not count. Otherwise it is rejected with `precondition-failed`, as it is when the history
   * was replaced. Default: false.
   */
  readonly ifUnchanged?: boolean;
  /** Has the server tell what the request has cost: `accepted` resolves with `cost` [C2]. Default: false. */
  readonly cost?: boolean;
}

/** One etag, or `*`: what a header can hold, and what the server compares. */
const STRONG_ETAG = /^("\w+\.\d+"|\*)$/;

/** What a push consists of besides its change. */
export interface PushParts {
  readonly options?: PushOptions | undefined;
  /** Default: a new one. */
  readonly id?: string;
  /** Of an undo. */
  readonly undoes?: Undoes | undefined;
}

/** The members of a pending change that its options make. */
export type PushConditions = Pick<PendingChange, 'match' | 'base' | 'cost'>;

/**
 * @param confirmed the version of the confirmed state
 * @throws ProblemError `invalid-precondition` for what is no strong etag, and where no state is known
 */
export const conditionsOf = (
  options: PushOptions,
  confirmed: Version | undefined,
  { entries }: PendingQueue,
): PushConditions => {
  const { ifMatch, ifUnchanged = false, cost = false } = options;
  const isGiven = 'ifMatch' in options;
  if (isGiven && !STRONG_ETAG.test(`${ifMatch}`))
    throw invalid(`ifMatch is ${ifMatch}, and no strong etag with its quotes.`);
  if (ifUnchanged && (confirmed === undefined || isGiven))
    throw invalid('ifUnchanged needs a confirmed state and no ifMatch.');
  return {
    ...(ifMatch !== undefined && { match: ifMatch }),
    // Without the state.
    ...(ifUnchanged && confirmed && { base: entries.reduce(advanceBase, versionOf(confirmed)) }),
    ...(cost && { cost }),
  };
};

/** The base behind an own change: further on when that was accepted right behind it, so that nobody else has come between. */
export const advanceBase = (base: Version, { accepted, ...change }: PendingChange): Version => {
  const { epoch, version } = base;
  const isNext = accepted?.epoch === epoch && accepted.seq === version + countOf(change);
  return isNext ? { epoch, version: accepted.seq } : base;
};

/** The etag that the state must have; undefined: any, and none is needed. */
export const matchOf = ({ match, base }: PendingChange): string | undefined => (base ? etagOf(base) : match);

const versionOf = ({ epoch, version }: Version): Version => ({ epoch, version });

const invalid = (detail: string): ProblemError =>
  new ProblemError(clientProblem('invalid-precondition', 0, 'This is no precondition', detail));
