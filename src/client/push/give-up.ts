import type { ProblemBody } from '../../protocol/problems.ts';
import type { Environment } from '../platform/environment.ts';
import { clientProblem } from '../platform/problem-error.ts';
import { Timer } from '../platform/timer.ts';
import { isUnaccepted, type PendingChange, type PendingQueue } from './pending-queue.ts';
import type { PushLoopEvent } from './push-loop-states.ts';
import type { PushRequest } from './push-request.ts';
import type { QueueUpdate } from './push-response.ts';
import { dropChanges } from './push-result.ts';

/** When changes are given up; see `giveUpAfter`. Made for each push loop. */
export type GiveUp = (loop: GiveUpLoop) => GiveUpWatch;

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
 * when its request ends, after 15 s at most. Until the first token has come, the full client gives up nothing, unless it has
 * the option `subject`: it does not know whose changes are stored.
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
  return ({ environment, queue, isBusy, commit }) => {
    const timer = new Timer(environment);
    const waiting = (): PendingChange[] => queue().entries.filter(isWaiting);
    const isOver = ({ at, attempts: made = 0 }: PendingChange): boolean =>
      at + ms <= environment.now() || made >= attempts;
    const look = (): void => {
      if (isBusy()) return;
      const over = waiting().filter(isOver);
      for (const [isSent, problem] of PROBLEMS) {
        const dropped = over.filter(({ n }) => (n !== undefined) === isSent);
        if (dropped.length > 0) commit(dropChanges(queue(), dropped, problem));
      }
      const oldest = waiting().reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
      const delay = oldest + ms - environment.now();
      if (delay < Number.POSITIVE_INFINITY) timer.set(Math.min(Math.max(delay, 0), TIMER_MS_MAX), look);
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
};

/** One that is not stored yet has just been pushed. */
const isWaiting = (entry: PendingChange): boolean =>
  isUnaccepted(entry) && entry.key !== undefined && entry.held === undefined;

/** By whether it was sent. One without a number was never sent, or its number is certainly not taken. */
const PROBLEMS: readonly (readonly [isSent: boolean, problem: ProblemBody])[] = [
  [
    false,
    clientProblem(
      'given-up',
      0,
      'The change was given up',
      'It could not be sent in time. The server has not accepted it.',
    ),
  ],
  [
    true,
    clientProblem(
      'outcome-unknown',
      0,
      'It is not known what became of the change',
      'It was sent, and not answered in time. The server may have applied it; it is not sent again.',
    ),
  ],
];
