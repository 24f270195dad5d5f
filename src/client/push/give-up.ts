import type { ProblemBody } from '../../protocol/problems.ts';
import type { Environment } from '../platform/environment.ts';
import { clientProblem } from '../platform/problem-error.ts';
import { Timer } from '../platform/timer.ts';
import type { PendingChange, PendingQueue } from './pending-queue.ts';
import type { PushLoopEvent } from './push-loop-states.ts';
import type { PushRequest } from './push-request.ts';
import type { QueueUpdate } from './push-response.ts';
import { dropChanges } from './push-result.ts';

/** When changes are given up; see `giveUpAfter`. Called for each push loop. */
export interface GiveUp {
  (loop: GiveUpLoop): GiveUpWatch;
  /**
   * Called each time that the first token has not come: gives up what this page has pushed. It is in memory alone by then,
   * and nothing of it was sent.
   */
  readonly unstored?: (tab: UnstoredChanges, host: Pick<GiveUpLoop, 'commit'>) => void;
}

/** What a tab has pushed before it knows where to store that. */
interface UnstoredChanges extends Pick<GiveUpLoop, 'environment'> {
  readonly local: { readonly queue: PendingQueue };
}

/** The parts of a push loop that the watch needs. */
export interface GiveUpLoop {
  readonly environment: Environment;
  readonly queue: () => PendingQueue;
  /** Whether a request is under way: nothing is known of its changes until it ends. */
  readonly isBusy: () => boolean;
  readonly commit: (update: QueueUpdate) => unknown;
}

/** Looks after the pending changes of one push loop. */
export interface GiveUpWatch {
  /** To be called before the effects of each event of the loop. */
  handle(event: PushLoopEvent): void;
  /** Notes in the queue that the changes of a request are sent once more. */
  count(queue: PendingQueue, request: PushRequest): PendingQueue;
}

/** How long a change is tried. At least one of both. */
export interface GiveUpLimits {
  /** Milliseconds since it was pushed, by the clock of this browser, also over reloads. Default: no limit. */
  readonly ms?: number;
  /** The number of requests that it was part of and that have not ended it, also over reloads. Default: no limit. */
  readonly attempts?: number;
}

/** A longer timeout is split: platforms fire at once after 2^31 ms, and clocks are changed. */
const TIMER_MS_MAX = 3_600_000;

/**
 * For the option `giveUp`: a change that the server has not accepted by then is dropped. Its promises reject, and
 * `onRejected` is called, with a problem of the client's own: `given-up` when it was certainly not accepted, and
 * `outcome-unknown` when it was sent and may have been. It is never sent again, under any number. Not given up are changes
 * that were accepted and wait for their turn, and held ones, which `dropHeld` gives up. One that is being sent is judged
 * when its request ends, after 15 s at most. While the first token does not come, the full client without the option
 * `subject` gives up what its own page has pushed, up to 26 s late; changes that earlier pages have stored wait until it
 * knows whose they are.
 *
 * @throws RangeError when neither limit is a number above 0
 *
 * @example
 * createClient({ url, application, definition, giveUp: giveUpAfter({ ms: 7 * 86_400_000 }) });
 */
export const giveUpAfter = ({
  ms = Number.POSITIVE_INFINITY,
  attempts = Number.POSITIVE_INFINITY,
}: GiveUpLimits): GiveUp => {
  if (!(ms > 0 && attempts > 0 && Math.min(ms, attempts) < Number.POSITIVE_INFINITY))
    throw new RangeError(`giveUpAfter takes ms or attempts, above 0, and not ${ms} and ${attempts}.`);
  const isOver = ({ at, attempts: made = 0 }: PendingChange, { now }: Pick<Environment, 'now'>): boolean =>
    at + ms <= now() || made >= attempts;
  const watch = ({ environment, queue, isBusy, commit }: GiveUpLoop): GiveUpWatch => {
    const timer = new Timer(environment);
    const waiting = (): PendingChange[] => queue().entries.filter(isWaiting);
    /** One without a number was never sent, or its number is certainly not taken. */
    const drop = (isSent: boolean, problem: ProblemBody): void => {
      const over = waiting().filter((entry) => (entry.n !== undefined) === isSent && isOver(entry, environment));
      if (over.length > 0) commit(dropChanges(queue(), over, problem));
    };
    const look = (): void => {
      if (isBusy()) return;
      drop(false, GIVEN_UP);
      drop(true, OUTCOME_UNKNOWN);
      const oldest = waiting().reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
      const delay = oldest + ms - environment.now();
      if (delay < Number.POSITIVE_INFINITY) timer.set(Math.min(delay, TIMER_MS_MAX), look);
    };
    return {
      handle: (event) => {
        if (event === 'close') timer.clear();
        // A change that is added is the youngest.
        else if (event !== 'change-added' || !timer.isSet) look();
      },
      count: (numbered, { entries }) => {
        const sent = new Set(entries.map(({ id }) => id));
        const counted = numbered.entries.map((entry) =>
          sent.has(entry.id) ? { ...entry, attempts: (entry.attempts ?? 0) + 1 } : entry,
        );
        return { ...numbered, entries: counted };
      },
    };
  };
  watch.unstored = ({ environment, local: { queue } }: UnstoredChanges, host: Pick<GiveUpLoop, 'commit'>): void => {
    const over = queue.entries.filter((entry) => isOver(entry, environment));
    if (over.length > 0) host.commit(dropChanges(queue, over, GIVEN_UP));
  };
  return watch;
};

/** One that is not stored yet has just been pushed. */
const isWaiting = ({ key, accepted, held }: PendingChange): boolean =>
  key !== undefined && accepted === undefined && held === undefined;

const GIVEN_UP = clientProblem(
  'given-up',
  0,
  'The change was given up',
  'It could not be sent in time. The server has not accepted it.',
);

const OUTCOME_UNKNOWN = clientProblem(
  'outcome-unknown',
  0,
  'It is not known what became of the change',
  'It was sent, and not answered in time. The server may have applied it; it is not sent again.',
);
