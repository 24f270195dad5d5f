import type { Json } from '../../protocol/json.ts';
import { listIn, type Members, membersOf } from '../probing/answer.ts';
import { expectEqual, expectThat } from '../probing/expectations.ts';
import type { Rules } from '../probing/rule.ts';
import { SocketReader } from '../probing/socket-reader.ts';

const problemIn = (frame: Members): Json | undefined => membersOf(frame['problem'])['type'];

const push = (n: number, args: Json): Json => ({ type: 'push', client: 'c', n, name: 'merge', args });

export const SOCKET_PUSHES: Rules = {
  W8: async (probe) => {
    const socket = await SocketReader.open(await probe.createApplication());
    socket.send(push(1, { a: 1 }));
    await socket.next('receipts', 'outcomes');
    socket.send(push(5, {}));
    const refused = await socket.next('refused');
    expectEqual([refused['n'], problemIn(refused)], [5, 'urn:changebucket:problem:sequence-gap'], 'the refusal');
    socket.send(push(1, { a: 2 }));
    expectEqual(problemIn(await socket.next('refused')), 'urn:changebucket:problem:id-conflict', 'the refusal');
    socket.close();
  },
  W9: async (probe) => {
    const app = await probe.createApplication();
    const socket = await SocketReader.open(app);
    for (let n = 1; n <= 20; n += 1) socket.send(push(n, { n }));
    for (let last = 0; last < 20; ) {
      const frame = await socket.next('receipts', 'outcomes', 'refused');
      expectThat(frame['type'] !== 'refused', 'A frame was refused: it overtook the one before it.');
      for (const name of ['receipts', 'outcomes'])
        for (const { n } of listIn(frame, name)) last = Math.max(last, Number(n));
    }
    expectEqual((await app.drained()).json, { n: 20 }, 'the state');
    socket.close();
  },
  W10: async (probe) => {
    const socket = await SocketReader.open(await probe.createApplication());
    socket.send({ type: 'subscribe' });
    await socket.next('state');
    socket.send(push(1, { a: 1 }));
    for (const seen: string[] = []; ; ) {
      const type = String((await socket.next('patch', 'state', 'outcomes', 'receipts'))['type']);
      if (type === 'outcomes')
        return expectThat(
          seen.some((each) => each !== 'receipts'),
          'The outcome came before its state.',
        );
      seen.push(type);
    }
  },
  W11: 'needs a reader that leaves megabytes unacknowledged',
  W12: 'needs a token that expires while the check runs',
  W13: 'needs 5,000 frames a second',
  W14: 'needs an instance that hibernates',
  W15: async (probe) => {
    const app = await probe.createApplication();
    const [one, other] = [await SocketReader.open(app), await SocketReader.open(app)];
    one.send({ type: 'presence', data: { x: 1 } });
    other.send({ type: 'presence', data: { x: 2 } });
    const isOther = (frame: Members): boolean =>
      listIn(frame, 'peers').some((peer) => membersOf(peer['data'])['x'] === 2);
    while (!isOther(await one.next('presence')));
    other.close();
    const hasLeft = (frame: Members): boolean => listIn(frame, 'peers').some((peer) => peer['data'] === null);
    while (!hasLeft(await one.next('presence')));
    expectEqual((await app.drained()).json, {}, 'the state');
    one.close();
  },
  W16: async (probe) => {
    const app = await probe.createApplication();
    const socket = await SocketReader.open(app);
    socket.send({ type: 'subscribe' });
    await socket.next('state');
    await app.ask('', { method: 'DELETE' });
    const { code, reason } = await socket.closed();
    expectEqual([code, reason], [4404, 'unknown-application'], 'code and reason');
  },
  W17: 'needs 2,000 sockets',
  W18: async (probe) => {
    const socket = await SocketReader.open(await probe.createApplication());
    socket.send({ type: 'subscribe' });
    const { queue = 0, lag = 0 } = await socket.next('definition');
    expectEqual([queue, lag], [0, 0], 'the queue of a new application');
    socket.send(push(1, { a: 1 }));
    const frame = await socket.next('queue', 'outcomes');
    expectEqual(frame['type'], 'outcomes', 'what comes of a change that is applied in one step');
    socket.close();
  },
};
