import { get } from 'node:http';
import { SignJWT } from 'jose';
import type { WebSocket } from 'ws';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sleep } from '../support/wait.ts';
import { Connection } from './connection.ts';
import type { Fact } from './facts.ts';
import { openSocket } from './load.ts';
import { SECRET, type Server, startOurs } from './servers.ts';
import { APP, freshClient, MERGE, patchOf, seed } from './workload.ts';

// How soon a revocation is felt [A13]: from its answer to the end of what is open, and to the first refusal.

/** Subjects that are revoked at once; each has a socket, an event stream, and polls and pushes all the time. */
const SUBJECTS = 20;
const ROUNDS = 10;
/** Between two polls, or two pushes, of a subject: 200 of each a second. From the revocation's answer on there is none. */
const PAUSE_MS = 100;
/** Of another writer's changes meanwhile: 50 a second. Every reader is sent all changes. */
const GAP_MS = 20;
/** Until readers and writers are under way. */
const SETTLE_MS = 500;
/** What is still answered then will never be refused. */
const WAIT_MS = 3_000;

const OPERATOR_TOKEN = 'the-operator-of-the-benchmark-0123456789';

const KINDS = ['socket', 'event stream', 'poll', 'push'] as const;
type Kind = (typeof KINDS)[number];

/** One subject, and when each kind of use ended; `performance.now()`. */
interface Watched {
  readonly subject: string;
  readonly ended: Map<Kind, number>;
  /** When the last frame or event came, or the last request was sent that had a good answer. */
  readonly heard: Map<Kind, number>;
  /** Polls and pushes make no more pauses. */
  readonly hurry: () => void;
  readonly stop: () => void;
}

/** The delays of one use: after the request and after the answer of the revocation, ms. */
interface Delay {
  readonly sinceAsked: number;
  readonly sinceAnswered: number;
  /** Whether something was delivered after the answer, or a request that was sent after it had a good one. */
  readonly isLate: boolean;
}

const tokenOf = (subject: string): Promise<string> =>
  new SignJWT({ sub: subject, apps: { 'bench/state': 'writer' } })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt(Math.floor(Date.now() / 1_000) - 5)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));

const watch = async (server: Server, subject: string): Promise<Watched> => {
  const own = server.as(await tokenOf(subject));
  const [ended, heard] = [new Map<Kind, number>(), new Map<Kind, number>()];
  const hear = (kind: Kind) => (): void => void heard.set(kind, performance.now());
  const end = (kind: Kind) => (): void => {
    if (!ended.has(kind)) ended.set(kind, performance.now());
  };
  const socket = await openSocket(own, `${APP}/socket`, hear('socket'));
  socket.on('close', end('socket'));
  socket.send('{"type":"subscribe"}');
  const headers = { Authorization: `Bearer ${own.token}`, Accept: 'text/event-stream' };
  const stream = get(`${own.url}${APP}/state`, { headers }, (answer) => {
    answer.on('data', (text: Buffer) => (text.includes('event: end') ? end : hear)('event stream')());
    // A reader that is behind is cut, without an event.
    for (const event of ['end', 'error', 'aborted']) answer.on(event, end('event stream'));
  });
  stream.on('error', () => undefined);
  const client = freshClient();
  const { promise: hurried, resolve: hurry } = Promise.withResolvers<void>();
  const notes = {
    end: (kind: Kind) => end(kind)(),
    good: (kind: Kind, at: number) => void heard.set(kind, at),
    hurried,
  };
  const poll = repeat(own, 'poll', notes, () => ({ method: 'GET', path: `${APP}/state?path=/items/item-1` }));
  const push = repeat(own, 'push', notes, (n) => ({
    ...{ method: 'PUT', path: `${APP}/changes/${client}/${n}`, headers: MERGE, body: patchOf(n) },
  }));
  const stops = [() => socket.close(), () => stream.destroy(), poll, push];
  return { subject, ended, heard, hurry, stop: () => stops.forEach((stop) => void stop()) };
};

interface Notes {
  readonly end: (kind: Kind) => void;
  /** A request that was sent at a time had a good answer. */
  readonly good: (kind: Kind, at: number) => void;
  readonly hurried: Promise<void>;
}

/** Asks again and again, until it is refused. @returns ends it */
const repeat = (
  server: Server,
  kind: Kind,
  { end, good, hurried }: Notes,
  next: (n: number) => Parameters<Connection['send']>[0],
): (() => void) => {
  let isOver = false;
  const loop = async (): Promise<void> => {
    const connection = await Connection.open(server);
    for (let n = 1; !isOver; n += 1) {
      const at = performance.now();
      const status = await connection.send(next(n));
      if (status === 401) break;
      if (status >= 400) throw new Error(`a ${kind} was answered ${status}`);
      good(kind, at);
      await Promise.race([sleep(PAUSE_MS), hurried]);
    }
    end(kind);
    connection.close();
  };
  void loop();
  return () => {
    isOver = true;
  };
};

const revoke = async (server: Server, subject: string): Promise<{ readonly asked: number; readonly at: number }> => {
  const asked = performance.now();
  const headers = { Authorization: `Bearer ${OPERATOR_TOKEN}` };
  const answer = await fetch(`${server.url}/v1/subjects/${subject}/revoke`, { method: 'POST', headers });
  const at = performance.now();
  if (!answer.ok) throw new Error(`a revocation was answered ${answer.status}`);
  await answer.body?.cancel();
  return { asked, at };
};

/** All subjects of a round are revoked at the same moment. */
const round = async (server: Server, number: number, delays: Map<Kind, Delay[]>): Promise<void> => {
  const subjects = Array.from({ length: SUBJECTS }, (_, index) => `subject-${number}-${index}`);
  const watched = await Promise.all(subjects.map((subject) => watch(server, subject)));
  await sleep(SETTLE_MS);
  const revoked = await Promise.all(
    watched.map(async ({ subject, hurry }) => {
      const times = await revoke(server, subject);
      hurry();
      return times;
    }),
  );
  const isOver = (): boolean => watched.every(({ ended }) => ended.size === KINDS.length);
  for (const until = performance.now() + WAIT_MS; !isOver() && performance.now() < until; ) await sleep(PAUSE_MS);
  for (const [index, { ended, heard, stop }] of watched.entries()) {
    const { asked, at } = revoked[index] ?? { asked: 0, at: 0 };
    for (const kind of KINDS) {
      const [end, last] = [ended.get(kind) ?? Number.POSITIVE_INFINITY, heard.get(kind) ?? 0];
      if (last > end) throw new Error(`something came after the end of a ${kind}`);
      delays.get(kind)?.push({ sinceAsked: end - asked, sinceAnswered: end - at, isLate: last > at });
    }
    stop();
  }
};

/** A writer that goes on. @returns ends it */
const disturb = async (server: Server): Promise<() => void> => {
  const client = freshClient();
  const writer: WebSocket = await openSocket(server, `${APP}/socket`, () => undefined);
  let n = 0;
  const timer = setInterval(() => {
    n += 1;
    writer.send(`{"type":"push","client":"${client}","n":${n},"name":"merge","args":${patchOf(n)}}`);
  }, GAP_MS);
  return () => {
    clearInterval(timer);
    writer.close();
  };
};

const quantile = (values: readonly number[], share: number): string => {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(0);
};

const told = (delays: readonly Delay[], member: 'sinceAsked' | 'sinceAnswered'): string => {
  const values = delays.map((delay) => delay[member]);
  return `${quantile(values, 0.5)} / ${quantile(values, 0.99)}`;
};

/** In a process of its own. */
export const revocations = async (): Promise<Fact[]> => {
  process.env['OPERATOR_TOKEN'] = OPERATOR_TOKEN;
  const server = await startOurs([], temporaryFolder(), ['OPERATOR_TOKEN']);
  try {
    await seed(server);
    const end = await disturb(server);
    const delays = new Map<Kind, Delay[]>(KINDS.map((kind) => [kind, []]));
    for (let number = 0; number < ROUNDS; number += 1) await round(server, number, delays);
    end();
    return [...delays].map(([kind, all]) => ({
      name: `from the answer of a revocation to the end of a ${kind}, ${SUBJECTS} subjects at once, p50 / p99`,
      value: `${told(all, 'sinceAnswered')} ms (${told(all, 'sinceAsked')} ms from the request); used after the answer by ${all.filter(({ isLate }) => isLate).length} of ${all.length}`,
    }));
  } finally {
    server.stop();
  }
};
