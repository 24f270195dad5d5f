import { parseEtag } from '../protocol/version.ts';
import { type Answer, APPLICATION } from './call.ts';
import { type Circle, type Seen, standingIn } from './circle.ts';
import { nameOf, problemOf } from './problem.ts';
import { askTickets } from './tickets.ts';

/** The article's interval. */
const POLL_MS = 250;

/** Asks for the whole state; where the application is missing, it is made first. */
export const pollTurn = async (circle: Circle): Promise<number> => {
  const { poll } = circle;
  if (poll.waitMs > 0) return poll.waitMs;
  const answer = circle.isThere ? await ask(circle) : await make(circle);
  const waitMs = take(circle, answer) ? POLL_MS : miss(circle, answer);
  circle.changed();
  return waitMs;
};

/** Who may not create it may still look and push. */
const make = async (circle: Circle): Promise<Answer> => {
  const made = await circle.call(APPLICATION, { method: 'PUT', body: { kind: 'info-boxes' } });
  circle.isThere = made.status === 200 || made.status === 201 || nameOf(problemOf(made)) === 'forbidden';
  return circle.isThere ? ask(circle) : made;
};

const ask = ({ call, lit, seen }: Circle): Promise<Answer> => {
  lit('poll');
  return call(`${APPLICATION}/state`, seen && { headers: { 'If-None-Match': seen.etag } });
};

/** @returns whether it was an answer of the application */
const take = (circle: Circle, answer: Answer): boolean => {
  const seen = answer.status === 304 ? circle.seen : seenIn(answer);
  if (seen === undefined) return false;
  circle.poll.reset();
  circle.standing = standingIn(answer);
  circle.pollMs = answer.ms;
  if (seen !== circle.seen) show(circle, seen);
  void askTickets(circle, seen);
  return true;
};

/** A proxy that compresses makes the tag weak; what it says of the version stays true. */
const seenIn = ({ status, headers, text }: Answer): Seen | undefined => {
  const etag = headers.get('ETag') ?? '';
  const version = status === 200 ? parseEtag(etag.replace('W/', '')) : undefined;
  return version && { ...version, etag, text };
};

const show = (circle: Circle, seen: Seen): void => {
  const isNewEpoch = circle.seen !== undefined && circle.seen.epoch !== seen.epoch;
  if (isNewEpoch) circle.said(`A new history began: epoch ${seen.epoch}.`);
  circle.seen = seen;
  circle.lit('drain', 'state', 'client');
};

const miss = (circle: Circle, answer: Answer): number => {
  // Somebody deleted it: the next turn makes it anew, under another epoch.
  if (nameOf(problemOf(answer)) === 'unknown-application') circle.isThere = false;
  return circle.poll.failed(answer);
};
