import type { ProblemBody } from '../protocol/problems.ts';
import type { Receipt } from '../protocol/receipt.ts';
import { type Answer, APPLICATION, jsonOf } from './call.ts';
import { describe } from './change-words.ts';
import { type Circle, standingIn } from './circle.ts';
import { mayPass, nameOf, problemOf } from './problem.ts';
import { NEVER } from './repeat.ts';
import { keepSession, newClient, type Unsent } from './session.ts';

/** How often a push looks whether the application is there yet. */
const ABSENT_MS = 100;
/** Clicks that may wait for the network to come back; more are not taken. */
const UNSENT_MAX = 100;

/** Takes a change into the list of what must be sent; the push loop is then to be woken. */
export const enqueue = ({ session, changed }: Circle, change: Unsent): void => {
  session.unsent = [...session.unsent, change].slice(0, UNSENT_MAX);
  keepSession(session);
  changed();
};

/** Sends the first unsent change. The next one waits for its receipt, which keeps this client's order [Q2]. */
export const pushTurn = async (circle: Circle): Promise<number> => {
  const { session, push, call } = circle;
  const [change] = session.unsent;
  if (change === undefined) return NEVER;
  if (push.waitMs > 0) return push.waitMs;
  if (!circle.isThere) return ABSENT_MS;
  circle.lit('push');
  const { name, args } = change;
  const answer = await call(`${APPLICATION}/changes/${session.client}/${session.n}`, {
    method: 'PUT',
    // Without the check at the door, a push to an application that was just deleted would create a `document` [L2].
    headers: { Prefer: 'precheck' },
    body: { name, args },
  });
  const waitMs = settle(circle, change, answer);
  keepSession(session);
  circle.changed();
  return waitMs;
};

/** A 202 without a receipt did not come from the server. */
const settle = (circle: Circle, change: Unsent, answer: Answer): number => {
  const { seq } = answer.status === 202 ? jsonOf<Receipt>(answer) : {};
  return seq === undefined ? cure(circle, change, answer) : accept(circle, { ...change, seq }, answer);
};

/** "It is in the queue, durably": nothing more. Only a poll makes it visible. */
const accept = (circle: Circle, change: Unsent & Pick<Receipt, 'seq'>, answer: Answer): number => {
  const ticket = answer.headers.get('Location') ?? '';
  circle.queued = [...circle.queued, { ...change, ticket, epoch: circle.seen?.epoch }];
  circle.standing = standingIn(answer);
  circle.session.n += 1;
  circle.lit('bucket', 'queue');
  return next(circle);
};

const next = ({ session, push }: Circle): number => {
  session.unsent = session.unsent.slice(1);
  push.reset();
  return 0;
};

/** Whatever happened, sending the same n again is safe; where the problem names a cure, that comes first. */
const cure = (circle: Circle, change: Unsent, answer: Answer): number => {
  const { session, push } = circle;
  const problem = problemOf(answer);
  switch (nameOf(problem)) {
    case 'sequence-gap':
    case 'id-conflict':
      session.n = problem.expected ?? session.n;
      break;
    case 'client-taken':
      session.client = newClient();
      session.n = 1;
      break;
    case 'unknown-application':
      circle.isThere = false;
      break;
    case 'outcome-expired':
      // It was accepted once, long ago: sending it under another n could do it twice.
      session.n = problem.expected ?? session.n + 1;
      return refuse(circle, change, problem);
    default:
      if (!mayPass(problem)) return refuse(circle, change, problem);
  }
  return push.failed(answer);
};

const refuse = (circle: Circle, change: Unsent, { title, detail }: ProblemBody): number => {
  circle.said(`${describe(change)} was refused: ${title}. ${detail}`);
  return next(circle);
};
