import { EventReader } from '../probing/event-reader.ts';
import { expectEqual, expectThat } from '../probing/expectations.ts';
import { patched } from '../probing/patched.ts';
import type { Rules } from '../probing/rule.ts';
import { SocketReader } from '../probing/socket-reader.ts';

export const TRANSPORTS: Rules = {
  T1: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { n: 1, long: 'x'.repeat(500) });
    const polled = await app.drained();
    await app.mergeNow(2, { n: 2 });
    // From the poll to the stream, from the stream to the socket: each goes on from the version that it is given.
    const events = await EventReader.open(app, { 'Last-Event-ID': polled.etag });
    const event = await events.next();
    events.close();
    const streamed = patched(polled.json, event.json);
    await app.mergeNow(3, { n: 3 });
    const [epoch = '', version = ''] = event.id.slice(1, -1).split('.');
    const socket = await SocketReader.open(app);
    socket.send({ type: 'subscribe', known: { epoch, version: Number(version) } });
    const frame = await socket.next('patch', 'state');
    socket.close();
    expectEqual([event.type, frame['type'], frame['to']], ['patch', 'patch', 3], 'what each transport goes on with');
    expectEqual(patched(streamed, frame['patch']), (await app.drained()).json, 'the state in the end');
  },
  T2: async (probe) => {
    const app = await probe.createApplication();
    const definition = (await app.state()).position('definition');
    expectThat(definition >= 1, 'The position of a read has no `definition`.');
    const events = await EventReader.open(app);
    const position = events.response.headers.get('Changebucket-Position') ?? '';
    events.close();
    expectThat(
      position.includes(`definition=${definition}`),
      'The position of a stream has another `definition`, or none.',
    );
    const socket = await SocketReader.open(app);
    socket.send({ type: 'subscribe' });
    const first = await socket.next('definition', 'state');
    expectEqual([first['type'], first['version']], ['definition', definition], 'the frame before the state');
    socket.close();
  },
};
