import { SHARED } from '../target.ts';
import { type Attack, hold } from './attack.ts';

const STREAM_MS = 20_000;
const KEPT = 50;

/** People who may read, and who take all places and all work that readers can cause. */
export const readers: readonly Attack[] = [
  {
    name: 'reader holds sockets and reads nothing',
    ...{ everyMs: 50, as: 'reader' },
    act: async (caller) => {
      const socket = await caller.socket(`${SHARED}/socket`);
      hold(socket);
      socket.send('{"type":"subscribe"}');
      socket.pause();
      return 'held';
    },
  },
  {
    name: 'reader holds event streams and reads nothing',
    ...{ everyMs: 100, as: 'reader' },
    act: (caller) => holdStream(() => caller.call('GET', `${SHARED}/state`, { Accept: 'text/event-stream' })),
  },
  {
    name: 'reader holds long-polls',
    ...{ everyMs: 50, as: 'reader' },
    act: async (caller) => {
      // A part that never changes.
      const path = `${SHARED}/state?path=/still`;
      const still = (await caller.call('GET', path)).headers.get('etag') ?? '"none"';
      return holdStream(() => caller.call('GET', path, { Prefer: 'wait=20', 'If-None-Match': still }));
    },
  },
  {
    name: 'reader subscribes to ever new parts and guesses marks',
    ...{ everyMs: 100, as: 'reader' },
    act: async (caller, own, turn) => {
      const socket = await caller.socket(`${SHARED}/socket`);
      hold(socket);
      for (let index = 0; index < KEPT; index += 1) {
        socket.send(`{"type":"ack","mark":${Math.floor(Math.random() * 2 ** 31)}}`);
        socket.send(`{"type":"subscribe","path":"/bulk/${(turn + index) % 60}/${own}"}`);
        socket.send(`{"type":"subscribe","path":"/large/${(turn + index) % 4}"}`);
      }
      socket.send('{"type":"unsubscribe"}');
      return 'held';
    },
  },
  {
    name: 'reader lists, reads the log and past versions',
    ...{ everyMs: 50, as: 'reader' },
    act: async (caller, _, turn) => {
      const paths = ['/log', '/log?after=50&limit=500', `/state?at=${turn % 1_000}`, '/changes/p0/1', '', '/state'];
      return String((await caller.call('GET', `${SHARED}${paths[turn % paths.length]}`)).status);
    },
  },
  {
    name: 'crowd follows by long-poll',
    ...{ everyMs: 1, as: 'reader' },
    act: async (caller, own) => {
      const headers = { Prefer: 'wait=20', 'If-None-Match': known.get(own) ?? '"none"' };
      const answer = await caller.call('GET', `${SHARED}/state?path=/people`, headers);
      known.set(own, answer.headers.get('etag') ?? '"none"');
      return String(answer.status);
    },
  },
];

/** The last etag of each reader of the crowd. */
const known = new Map<string, string>();

/** Waits for the answer as long as a reader does that never gives up, but not before the next act. */
const holdStream = async (open: () => Promise<unknown>): Promise<string> => {
  const answered = open().then(
    () => 'answered',
    () => 'cut',
  );
  const timer = new Promise<string>((resolve) => setTimeout(resolve, STREAM_MS / KEPT, 'held'));
  return Promise.race([answered, timer]);
};
