import { EventReader } from '../probing/event-reader.ts';
import { expectEqual, expectProblem, expectStatus, expectThat } from '../probing/expectations.ts';
import { patched } from '../probing/patched.ts';
import type { Rules } from '../probing/rule.ts';

/** Makes a patch shorter than the state. */
const LONG = 'x'.repeat(500);

export const EVENTS: Rules = {
  V1: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { a: 1, long: LONG });
    const events = await EventReader.open(app);
    expectEqual(events.response.headers.get('Content-Type')?.split(';')[0], 'text/event-stream', 'the content type');
    const first = await events.next();
    expectEqual([first.type, first.json], ['state', { a: 1, long: LONG }], 'the first event');
    await app.mergeNow(2, { a: 2 });
    const second = await events.next();
    expectEqual([second.type, second.json], ['patch', [{ op: 'replace', path: '/a', value: 2 }]], 'the second event');
    expectEqual(second.id, (await app.drained()).etag, 'the id of the event');
    events.close();
  },
  V2: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { a: 1, long: LONG });
    const { etag } = await app.drained();
    await app.mergeNow(2, { a: 2 });
    const resumed = await EventReader.open(app, { 'Last-Event-ID': etag });
    expectEqual((await resumed.next()).type, 'patch', 'the first event of a resumed stream');
    resumed.close();
    const unknown = await EventReader.open(app, { 'Last-Event-ID': '"zzz.1"' });
    expectEqual((await unknown.next()).type, 'state', 'the first event for an unknown id');
    unknown.close();
  },
  V3: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { list: [], long: LONG });
    const events = await EventReader.open(app);
    let state = (await events.next()).json;
    for (let n = 2; n <= 6; n += 1) await app.patch(n, [{ op: 'add', path: '/list/0', value: n }], {});
    const last = await app.drained();
    for (let id = ''; id !== last.etag; ) {
      const event = await events.next();
      state = event.type === 'patch' ? patched(state, event.json) : event.json;
      id = event.id;
    }
    expectEqual(state, last.json, 'the state that the events make');
    events.close();
  },
  V4: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { a: 1 });
    const events = await EventReader.open(app);
    await events.next();
    expectStatus(await app.ask('', { method: 'DELETE' }), 204);
    const end = await events.next();
    expectEqual([end.type, end.json], ['end', { reason: 'deleted' }], 'the last event');
    events.close();
  },
  V5: async (probe) => {
    const app = await probe.createApplication();
    const events = await EventReader.open(app, { 'Last-Event-ID': (await app.state()).etag });
    expectThat(await events.piece(), 'Nothing came at once on a stream that begins with no event.');
    expectThat(events.text.startsWith(':'), 'What came first is no comment.');
    events.close();
  },
  V6: 'needs a stream of 300 s',
  V7: 'needs a reader that takes nothing for 30 s',
  V8: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { part: { a: 1 }, other: 1 });
    const events = await EventReader.open(app, {}, '?path=/part');
    expectEqual((await events.next()).json, { a: 1 }, 'the part');
    await app.mergeNow(2, { other: 2 });
    await app.mergeNow(3, { part: { a: 3 } });
    expectEqual((await events.next()).json, [{ op: 'replace', path: '/a', value: 3 }], 'the patch of the part');
    await app.mergeNow(4, { part: null });
    expectEqual((await events.next()).type, 'gone', 'the event when the part is removed');
    events.close();
    expectProblem(await app.state({ Accept: 'text/event-stream' }, '?at=1'), 400, 'invalid-query');
  },
  V9: 'needs 1,000 streams',
  V10: async (probe) => {
    const app = await probe.createApplication();
    const events = await EventReader.open(app);
    expectThat(
      events.response.headers.get('Changebucket-Position')?.includes('queue=0, lag=0') === true,
      'A queue is told.',
    );
    await events.next();
    await app.mergeNow(1, { a: 1 });
    expectThat((await events.next()).type !== 'queue', 'A change that is applied in one step is told as a queue.');
    events.close();
  },
};
