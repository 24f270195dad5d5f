import { sleep } from '../../support/wait.ts';
import { followEvents, followPolls } from '../followers.ts';
import { Meter, openSocket, overSockets, type Run } from '../load.ts';
import type { Server } from '../servers.ts';
import { APP, freshClient, patchOf, RUN_MS, type Workload } from '../workload.ts';

type Push = (n: number) => string;

const pushOurs = (): Push => {
  const client = freshClient();
  return (n) => `{"type":"push","client":"${client}","n":${n},"name":"merge","args":${patchOf(n)}}`;
};
const pushBare: Push = (n) => `{"n":${n},"args":${patchOf(n)}}`;

/** One socket may send 5,000 frames a second, and 10,000 more [W13]: a short run does not get there. */
const SHORT_MS = 500;

const socketPushes = (sockets: number, window: number, ms = RUN_MS): Workload => ({
  name: `pushes over ${sockets} sockets, ${window} under way on each`,
  against: 'bare group commit, not applied',
  ...{ target: sockets === 16 && window > 1 ? 0.8 : undefined, figures: ['rate'] },
  ours: ({ ours }) => {
    const writers = Array.from({ length: sockets }, pushOurs);
    const options = { path: `${APP}/socket`, sockets, window, ms };
    return overSockets(ours, options, (socket, n) => (writers[socket] as Push)(n));
  },
  other: ({ bare }) => overSockets(bare, { path: '/socket', sockets, window, ms }, (_, n) => pushBare(n)),
});

/** Hears of each step of one reader. @returns ends it */
export type Follow = (server: Server, path: string, step: (from: number, to: number) => void) => Promise<() => void>;

const followSocket: Follow = async (server, path, step) => {
  let known = 0;
  const socket = await openSocket(server, path, ({ type, to = 0, version = to }) => {
    if (type !== 'patch' && type !== 'state') return;
    // What is far behind comes as a whole state.
    if (known > 0) step(known, version);
    known = version;
  });
  socket.send('{"type":"subscribe"}');
  return () => socket.close();
};

interface Watched {
  readonly follow: Follow;
  readonly path: string;
  readonly readers: number;
}

const CHANGES = 150;
const GAP_MS = 5;
/** Longer than the longest pause of a poller. */
const SETTLE_MS = 400;

/** 200 changes a second. */
const paced = async (send: (n: number) => void): Promise<void> => {
  const start = performance.now();
  for (let n = 1; n <= CHANGES; n += 1) {
    send(n);
    // Behind schedule it does not pause: the rate holds, as far as the machine can.
    await sleep(Math.max(0, start + n * GAP_MS - performance.now()));
  }
};

/** From the push to the moment that a reader has it; 200 changes a second over a socket. */
const visible = async (server: Server, socketPath: string, watched: Watched, push: Push): Promise<Run> => {
  const begun: number[] = [];
  let first: number | undefined;
  const ends = await openReaders(server, watched, (from, to) => {
    first ??= from;
    for (let version = from + 1; version <= to; version += 1)
      meter.note(performance.now() - (begun[version - first - 1] ?? performance.now()));
  });
  const writer = await openSocket(server, socketPath, () => undefined);
  await sleep(SETTLE_MS);
  const meter = new Meter(server);
  await paced((n) => {
    begun.push(performance.now());
    writer.send(push(n));
  });
  await sleep(SETTLE_MS);
  for (const end of [...ends, () => writer.close()]) end();
  return meter.read();
};

const openReaders = async (server: Server, { follow, path, readers }: Watched, step: Parameters<Follow>[2]) => {
  const ends: (() => void)[] = [];
  for (let reader = 0; reader < readers; reader += 1) ends.push(await follow(server, path, step));
  return ends;
};

const ourSocket = `${APP}/socket`;

const visibility = (readers: number): Workload => ({
  name: `push to visible on the socket, ${readers} readers`,
  against: 'bare broadcast, not applied',
  ...{ target: undefined, figures: ['p50', 'p99'] },
  ours: ({ ours }) => visible(ours, ourSocket, { follow: followSocket, path: ourSocket, readers }, pushOurs()),
  other: ({ bare }) => visible(bare, '/socket', { follow: followSocket, path: '/socket', readers }, pushBare),
});

const TRANSPORTS: Readonly<Record<string, Follow>> = {
  'server-sent events': followEvents,
  'long-poll': followPolls({ Prefer: 'wait=20' }, 0),
  'a 250 ms poll': followPolls({}, 250),
};

const transport = (name: string, readers: number): Workload => ({
  name: `push to visible by ${name}, ${readers} readers`,
  against: 'our socket',
  ...{ target: undefined, figures: ['p50'] },
  ours: ({ ours }) => {
    const watched = { follow: TRANSPORTS[name] as Follow, path: `${APP}/state`, readers };
    return visible(ours, ourSocket, watched, pushOurs());
  },
  other: ({ ours }) => visible(ours, ourSocket, { follow: followSocket, path: ourSocket, readers }, pushOurs()),
});

const WINDOW = 64;

/** Deliveries a second while one writer pushes as fast as it is acknowledged; a step of ten versions is ten. */
const deliveries = async (server: Server, path: string, readers: number, push: Push): Promise<Run> => {
  let meter: Meter | undefined;
  const ends = await openReaders(server, { follow: followSocket, path, readers }, (from, to) =>
    meter?.note(0, to - from),
  );
  await sleep(SETTLE_MS);
  meter = new Meter(server);
  await overSockets(server, { path, sockets: 1, window: WINDOW, ms: SHORT_MS }, (_, n) => push(n));
  const run = meter.read();
  for (const end of ends) end();
  return run;
};

const fanOut = (readers: number): Workload => ({
  name: `deliveries to ${readers} sockets`,
  against: 'bare hibernating broadcast',
  ...{ target: 0.9, figures: ['rate'] },
  ours: ({ ours }) => deliveries(ours, ourSocket, readers, pushOurs()),
  other: ({ bare }) => deliveries(bare, '/socket', readers, pushBare),
});

type Write = (server: Server, push: Push) => Promise<Run>;

/** As fast as it is acknowledged. */
const writeAtOnce: Write = (server, push) =>
  overSockets(server, { path: ourSocket, sockets: 1, window: WINDOW, ms: SHORT_MS }, (_, n) => push(n));

/** The rate of the acknowledgements, until the last of them. */
const writePaced: Write = async (server, push) => {
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  let heard = 0;
  const writer = await openSocket(server, ourSocket, ({ outcomes = [] }) => {
    for (const _ of outcomes) meter.note(0);
    heard += outcomes.length;
    if (heard === CHANGES) finish();
  });
  const meter = new Meter(server);
  await paced((n) => writer.send(push(n)));
  await finished;
  const run = meter.read();
  writer.close();
  return run;
};

/** How fast one writer is acknowledged while a crowd reads what it writes. */
const beside = async (server: Server, readers: number, write: Write): Promise<Run> => {
  const ends = await openReaders(server, { follow: followSocket, path: ourSocket, readers }, () => undefined);
  await sleep(SETTLE_MS);
  const run = await write(server, pushOurs());
  for (const end of ends) end();
  return run;
};

const crowded = (name: string, target: number | undefined, write: Write): Workload => ({
  name: `pushes acknowledged beside 1,000 readers, ${name}`,
  against: 'ours without readers',
  ...{ target, figures: ['rate'] },
  ours: ({ ours }) => beside(ours, 1_000, write),
  other: ({ ours }) => beside(ours, 0, write),
});

const READERS = [1, 20, 100, 1_000];

export const liveWorkloads: readonly Workload[] = [
  socketPushes(1, 1),
  socketPushes(1, 64, SHORT_MS),
  socketPushes(16, 64),
  ...READERS.map(visibility),
  ...Object.keys(TRANSPORTS).flatMap((name) => READERS.map((readers) => transport(name, readers))),
  ...[10, 100, 1_000].map(fanOut),
  crowded('200 a second', 0.8, writePaced),
  crowded('as fast as they go over one socket', undefined, writeAtOnce),
];
