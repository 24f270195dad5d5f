import { SOCKET_PROTOCOL } from '../../protocol/frames.ts';
import { expectEqual, expectProblem, expectStatus, expectThat } from '../probing/expectations.ts';
import { patched } from '../probing/patched.ts';
import type { Rules } from '../probing/rule.ts';
import { SocketReader } from '../probing/socket-reader.ts';
import { shakeHands } from '../probing/upgrade.ts';

const OFFER = { 'Sec-WebSocket-Protocol': SOCKET_PROTOCOL };
export const SOCKET: Rules = {
  W1: async (probe) => {
    const app = await probe.createApplication();
    expectProblem(await app.get('/socket'), 426, 'upgrade-required');
    const { status, text } = await shakeHands(app, {});
    expectThat(status === 400 && text.includes(':invalid-header'), `Without the subprotocol: ${status} ${text}`);
    expectEqual((await shakeHands(app, OFFER)).status, 101, 'the status of a handshake');
  },
  W2: async (probe) => {
    probe.needTokens();
    const app = await probe.createApplication();
    const late = await SocketReader.open(app, null);
    late.send({ type: 'auth', token: probe.target.token ?? '' });
    expectEqual((await late.next('authorized', 'error'))['type'], 'authorized', 'the answer to `auth`');
    late.close();
    const other = await SocketReader.open(app, null);
    other.send({ type: 'subscribe' });
    expectEqual((await other.closed()).code, 4401, 'the close code of another first frame');
  },
  W3: async (probe) => {
    const app = await probe.createApplication();
    const { status, text } = await shakeHands(app, { ...OFFER, Origin: 'https://foreign.example' });
    expectThat(status === 403 && text.includes(':forbidden-origin'), `A foreign origin: ${status} ${text}`);
  },
  W4: async (probe) => {
    const socket = await SocketReader.open(await probe.createApplication());
    for (const bad of ['{', '[]', '{"type":"unheard-of"}', '{"type":"push"}', new Uint8Array([1])]) {
      socket.sendText(bad);
      await socket.next('error');
    }
    socket.sendText('ping');
    await socket.next('pong');
    socket.close();
  },
  W5: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { a: 1 });
    const socket = await SocketReader.open(app);
    socket.send({ type: 'subscribe' });
    const state = await socket.next('state', 'current', 'patch', 'gone', 'resync');
    expectEqual([state['type'], state['state'], state['version']], ['state', { a: 1 }, 1], 'the answer to `subscribe`');
    socket.send({ type: 'subscribe', known: { epoch: state['epoch'] ?? '', version: 1 } });
    await socket.next('current');
    socket.send({ type: 'subscribe', path: '/none' });
    await socket.next('gone');
    socket.close();
  },
  W6: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { list: [], long: 'x'.repeat(500) });
    const socket = await SocketReader.open(app);
    socket.send({ type: 'subscribe' });
    const first = await socket.next('state');
    let state: unknown = first['state'];
    let version = Number(first['version']);
    for (let n = 2; n <= 6; n += 1) await app.patch(n, [{ op: 'add', path: '/list/0', value: n }], {});
    while (version < 6) {
      const frame = await socket.next('patch');
      expectEqual(frame['from'] ?? Number(frame['to']) - 1, version, '`from`');
      state = patched(state, frame['patch']);
      version = Number(frame['to']);
    }
    expectEqual(state, (await app.drained()).json, 'the state that the patches make');
    socket.close();
  },
  W7: async (probe) => {
    const app = await probe.createApplication();
    const socket = await SocketReader.open(app);
    socket.send({ type: 'subscribe' });
    await socket.next('state');
    expectStatus(await app.ask('', { method: 'DELETE' }), 204);
    expectEqual((await socket.closed()).code, 4404, 'the close code');
  },
};
