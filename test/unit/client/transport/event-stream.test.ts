import { describe, expect, it } from 'vitest';
import { EventParser, type ServerEvent } from '../../../../src/client/transport/event-parser.ts';
import { POSITION_HEADER } from '../../../../src/protocol/position.ts';
import { Clock, Page } from '../support/clock.ts';
import { networkTo } from '../support/network.ts';
import { notes } from '../support/notes.ts';
import { openNotes } from '../support/open.ts';
import { ServerDouble } from '../support/server.ts';

describe('events that come in pieces', () => {
  const text =
    'retry: 5\r\n: a comment\r\nevent: state\ndata: {"a":\ndata: 1}\nid: "e1.1"\n\n\n\revent:patch\rdata:[]\r\rdata\n\n';
  const whole = [
    { type: 'state', data: '{"a":\n1}', id: '"e1.1"' },
    { type: 'patch', data: '[]', id: '"e1.1"' },
    { type: '', data: '', id: '"e1.1"' },
  ];

  it('[V1] are the same wherever the text is cut', () => {
    expect(new EventParser().feed(text)).toEqual(whole);
    for (let first = 0; first <= text.length; first += 1) {
      for (let second = first; second <= text.length; second += 7) {
        const parser = new EventParser();
        const pieces = [text.slice(0, first), text.slice(first, second), text.slice(second)];
        expect(pieces.flatMap((piece) => parser.feed(piece))).toEqual(whole);
      }
    }
  });

  it('[V1] take time in proportion to their length: a line of 16 MB in pieces of a packet each', () => {
    const msFor = (length: number): number => {
      const text = `event: state\nid: "e1.1"\ndata: "${'x'.repeat(length)}"\n\n`;
      const parser = new EventParser();
      const begun = performance.now();
      const events: ServerEvent[] = [];
      for (let at = 0; at < text.length; at += 1_460) events.push(...parser.feed(text.slice(at, at + 1_460)));
      expect(events.map(({ data }) => data.length)).toEqual([length + 2]);
      return performance.now() - begun;
    };
    msFor(1_000_000);
    const [small, large] = [
      Math.min(msFor(2_000_000), msFor(2_000_000)),
      Math.min(msFor(16_000_000), msFor(16_000_000)),
    ];
    // 8 times the length; a parser that joins or searches the line again with each piece takes 64 times as long.
    expect(large).toBeLessThan(24 * Math.max(small, 100));
  });
});

/** A `fetch` to a server double whose `GET /state` can stream. */
const streaming = (server: ServerDouble, clock: Clock) => {
  const streams: { send: (text: string) => void; end: () => void; resumed: string | null }[] = [];
  const network = networkTo(server, clock);
  const fetching: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    if (headers.get('Accept') !== 'text/event-stream') return network(input, init);
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const send = (text: string): void => {
          if (init?.signal?.aborted !== true) controller.enqueue(new TextEncoder().encode(text));
        };
        init?.signal?.addEventListener('abort', () => controller.error(new Error('aborted')));
        streams.push({ send, end: () => controller.close(), resumed: headers.get('Last-Event-ID') });
      },
    });
    return Promise.resolve(
      new Response(body, { headers: { 'Content-Type': 'text/event-stream', [POSITION_HEADER]: server.position } }),
    );
  };
  return { streams, fetching };
};

describe('the event stream', () => {
  it('[V1] [V2] [V3] [V6] follows by patches, and resumes from its version', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const { streams, fetching } = streaming(server, clock);
    const client = openNotes(server, clock, { transport: 'sse', fetch: fetching });
    await clock.pass(100);
    expect([client.status.transport, streams[0]?.resumed]).toEqual(['none', null]);
    streams[0]?.send(`event: state\nid: "e1.0"\ndata: ${JSON.stringify(server.state)}\n\n`);
    await clock.pass(10);
    expect(client.status.transport).toBe('sse');
    server.push('other', 1, [{ name: 'note', args: { id: 'a' } }]);
    streams[0]?.send(`event: patch\nid: "e1.1"\ndata: ${server.patchFrom(0)}\n\n`);
    await clock.pass(100);
    expect(client.confirmed).toEqual(server.state);
    await clock.pass(1_000);
    streams[0]?.send('event: end\ndata: {"reason":"age"}\n\n');
    await clock.pass(100);
    expect([streams.length, streams[1]?.resumed, client.status.transport]).toEqual([2, '"e1.1"', 'sse']);
    const { applied } = client.push.note({ id: 'b' });
    await clock.pass(100);
    streams[1]?.send(`event: patch\nid: "e1.2"\ndata: ${server.patchFrom(1)}\n\n`);
    await clock.pass(100);
    expect([await applied, client.status.pending]).toMatchObject([{ status: 'applied' }, 0]);
    client.close();
    await clock.pass(60_000);
    expect(clock.pending).toBe(0);
  });

  it('[V10] tells of the queue, without a version, and of none when it opens', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const { streams, fetching } = streaming(server, clock);
    const client = openNotes(server, clock, { transport: 'sse', fetch: fetching });
    await clock.pass(100);
    streams[0]?.send(`event: state\nid: "e1.0"\ndata: ${JSON.stringify(server.state)}\n\n`);
    streams[0]?.send('event: of-tomorrow\ndata: {}\n\nevent: queue\ndata: {"queue":7,"lag":40}\n\n');
    await clock.pass(10);
    expect(client.status).toMatchObject({ transport: 'sse', queue: 7, lag: 40, version: 0 });
    await clock.pass(2_000);
    streams[0]?.send('event: end\ndata: {"reason":"age"}\n\n');
    await clock.pass(100);
    streams[1]?.send(':\n\n');
    await clock.pass(10);
    expect(client.status).toMatchObject({ transport: 'sse', queue: 0, lag: 0 });
    client.close();
  });

  it('[V5] is opened again when it is silent for too long, or breaks', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const { streams, fetching } = streaming(server, clock);
    const client = openNotes(server, clock, { transport: 'sse', fetch: fetching });
    await clock.pass(15_000);
    streams[0]?.send(':\n\n');
    await clock.pass(30_000);
    expect(streams).toHaveLength(1);
    streams[0]?.send(': alive\n\n');
    await clock.pass(30_000);
    expect(streams).toHaveLength(1);
    await clock.pass(15_000);
    expect(streams).toHaveLength(2);
    streams[1]?.end();
    await clock.pass(5_000);
    expect(streams).toHaveLength(3);
    client.close();
  });

  it('[V5] that a proxy holds back is replaced by polls within 20 s, and by a stream again once events come', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const { streams, fetching } = streaming(server, clock);
    const client = openNotes(server, clock, { transport: 'sse', fetch: fetching });
    await clock.pass(22_500);
    expect([client.status.transport, client.confirmed]).toEqual(['poll', server.state]);
    server.push('other', 1, [{ name: 'note', args: { id: 'a' } }]);
    await clock.pass(2_000);
    expect(client.confirmed).toEqual(server.state);
    streams.at(-1)?.send(':\n\n');
    await clock.pass(1_000);
    expect(client.status.transport).toBe('sse');
    client.close();
  });

  it('[V2] that was silent is opened anew when somebody looks, or when an own change does not come back', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const { streams, fetching } = streaming(server, clock);
    const page = new Page(clock);
    const client = openNotes(server, clock, { transport: 'sse', fetch: fetching, page });
    await clock.pass(100);
    streams[0]?.send(`event: state\nid: "e1.0"\ndata: ${JSON.stringify(server.state)}\n\n`);
    await clock.pass(1_000);
    page.set({ visibility: 'visible' });
    await clock.pass(1_500);
    expect(streams).toHaveLength(1);
    page.set({ visibility: 'visible' });
    await clock.pass(1_100);
    expect([streams.length, streams[1]?.resumed, client.status.transport]).toEqual([2, '"e1.0"', 'sse']);
    streams[1]?.send(':\n\n');
    await clock.pass(5_000);
    client.push.note({ id: 'a' });
    await clock.pass(1_500);
    expect([streams.length, streams[2]?.resumed]).toEqual([3, '"e1.0"']);
    client.close();
  });

  it('[V6] that ends as soon as it begins is not opened again at once', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const { streams, fetching } = streaming(server, clock);
    const client = openNotes(server, clock, { transport: 'sse', fetch: fetching });
    for (let ms = 0; ms < 10_000; ms += 50) {
      await clock.pass(50);
      streams.at(-1)?.send('event: end\ndata: {"reason":"token"}\n\n');
    }
    expect(streams.length).toBeLessThan(10);
    client.close();
  });
});
