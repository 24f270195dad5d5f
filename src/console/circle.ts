import { type Answer, type Call, callOf, numberOf } from './call.ts';
import { Meter } from './meter.ts';
import { Retry } from './retry.ts';
import type { Session, Unsent } from './session.ts';

/** A change that is durably in the queue, and whose outcome is not known yet. */
export interface Queued extends Unsent {
  readonly seq: number;
  /** The epoch that polls had told when it was queued. */
  readonly epoch: string | undefined;
  /** Where to ask what became of it. */
  readonly ticket: string;
}

/** What the last poll said. */
export interface Seen {
  readonly epoch: string;
  readonly version: number;
  readonly etag: string;
  /** The state as it was sent. */
  readonly text: string;
}

/** Where the application stands, from the headers of the newest answer. */
export interface Standing {
  readonly head: number;
  readonly queue: number;
  readonly lagMs: number;
}

/** The stations of the circle, and the two ways between the client and the server. */
export type Part = 'client' | 'push' | 'bucket' | 'queue' | 'drain' | 'state' | 'poll';

/** Whoever shows the circle. */
export interface Listener {
  readonly changed: () => void;
  readonly lit: (...parts: readonly Part[]) => void;
  readonly said: (text: string) => void;
}

/** The circle as this client knows it: only what it has been told, never a guess. */
export interface Circle extends Listener {
  readonly session: Session;
  readonly meter: Meter;
  readonly call: Call;
  readonly push: Retry;
  readonly poll: Retry;
  /** Whether the application is known to be there, with its kind. */
  isThere: boolean;
  queued: readonly Queued[];
  /** What polls and receipts have told; missing before the first. */
  seen?: Seen;
  standing?: Standing;
  pollMs?: number;
  visibleMs?: number;
}

export const circleOf = (session: Session, listener: Listener): Circle => {
  const meter = new Meter();
  return {
    ...listener,
    session,
    meter,
    call: callOf(session, meter),
    push: new Retry(),
    poll: new Retry(),
    isThere: false,
    queued: [],
  };
};

export const standingIn = (answer: Answer): Standing => ({
  head: numberOf(answer, 'Changebucket-Head'),
  queue: numberOf(answer, 'Changebucket-Queue'),
  lagMs: numberOf(answer, 'Changebucket-Lag'),
});
