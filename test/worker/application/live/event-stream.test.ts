import { afterEach, describe, expect, it, vi } from 'vitest';
import { HEARTBEAT_MS, STREAM_AGE_MS, STREAM_STALL_MS, STREAMS_MAX } from '../../../../src/protocol/limits.ts';
import { EventStream } from '../../../../src/server/application/live/event-stream.ts';
import { EventStreams } from '../../../../src/server/application/live/event-streams.ts';
import { eventOf } from '../../../../src/server/application/live/print-update.ts';
import type { Update } from '../../../../src/server/application/live/update.ts';
import type { UpdateCache } from '../../../../src/server/application/live/update-cache.ts';
import type { LoadedState } from '../../../../src/server/application/state/loaded-state.ts';
import { type Api, fresh } from '../../../support/api.ts';
import { askEvents, Events, follow, opened } from '../../../support/live.ts';
import { passTime, stopClock } from '../../../support/set-clock.ts';
import { until } from '../../../support/wait.ts';

afterEach(() => void vi.useRealTimers());

const etag = async (api: Api): Promise<string> => (await api.state()).headers.get('ETag') as string;

describe('server-sent events', () => {
  it('[V1] a state, then a patch for each step; the id is the etag', async () => {
    const { path, api } = await opened();
    const response = await askEvents(path);
    expect([response.status, response.headers.get('Content-Type')]).toEqual([200, 'text/event-stream']);
    expect(response.headers.get('Cache-Control')).toBe('private, no-cache');
    const events = new Events(response.body as ReadableStream<Uint8Array>);
    expect(await events.next()).toEqual({ event: 'state', id: await etag(api), data: (await api.state()).body });
    await api.push('c1', 1, 'note', { key: 'line\nbreak\u2028', value: 'a\r\n\r\nevent: x' }, { Prefer: 'wait=5' });
    expect(await events.next()).toEqual({
      ...{ event: 'patch', id: await etag(api) },
      data: [{ op: 'add', path: '/entries/line\nbreak\u2028', value: 'a\r\n\r\nevent: x' }],
    });
    await events.cut();
  });

  it('[V2] Last-Event-ID resumes with the patch, with nothing, or with the state', async () => {
    const { path, api } = await opened();
    const old = await etag(api);
    await api.push('c1', 1, 'note', { key: 'a', value: 1 }, { Prefer: 'wait=5' });
    const now = await etag(api);
    const resumed = await follow(path, { 'Last-Event-ID': old });
    expect(await resumed.next()).toMatchObject({ event: 'patch', id: now });
    const [current, listed] = [
      await follow(path, { 'Last-Event-ID': now }),
      await follow(path, { 'If-None-Match': now }),
    ];
    const [unknown, garbage] = [
      await follow(path, { 'Last-Event-ID': '"other.1"' }),
      await follow(path, { 'Last-Event-ID': '7' }),
    ];
    expect(await unknown.next()).toMatchObject({ event: 'state', id: now });
    expect(await garbage.next()).toMatchObject({ event: 'state', id: now });
    await api.push('c1', 2, 'note', { key: 'a', value: 2 });
    for (const events of [current, listed])
      expect(await events.next()).toMatchObject({ event: 'patch', data: [{ value: 2 }] });
    for (const events of [resumed, current, listed, unknown, garbage]) await events.cut();
  });

  it('[V5] a stream that resumes at the current version begins with a comment, others with their event', async () => {
    const { path, api } = await opened();
    for (const query of ['', '?path=/entries']) {
      const response = await askEvents(path, { 'Last-Event-ID': await etag(api) }, { query });
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      const openedAt = Date.now();
      expect(DECODER.decode((await reader.read()).value)).toBe(':\n\n');
      // Later, it would be the comment that comes while nothing else is sent.
      expect(Date.now() - openedAt).toBeLessThan(HEARTBEAT_MS / 2);
      await reader.cancel();
    }
    const events = await follow(path);
    await events.next();
    expect(events.comments).toBe(0);
    await events.cut();
  });

  it('[V4] an import sends a fresh state, a deletion ends the stream', async () => {
    const { path, api } = await opened();
    const events = await follow(path);
    const before = await events.next();
    const backup = (await api.call('GET', '/export')).text;
    await api.call('PUT', '/import', backup, { 'Content-Type': 'application/x-ndjson' });
    const after = await events.next();
    expect(after).toMatchObject({ event: 'state', id: await etag(api), data: before?.data });
    expect(after?.id).not.toBe(before?.id);
    await api.call('DELETE', '');
    expect(await events.next()).toEqual({ event: 'end', id: undefined, data: { reason: 'deleted' } });
    expect(await events.next()).toBeUndefined();
  });

  it('[V6] it ends when the token expires, and delivers nothing after it', async () => {
    const { path, api } = await opened();
    stopClock();
    const events = await follow(path, {}, { expires: '2s' });
    await events.next();
    passTime(2_100);
    expect(await events.next()).toEqual({ event: 'end', id: undefined, data: { reason: 'token' } });
    await api.push('c1', 1, 'note', { key: 'a', value: 1 }, { Prefer: 'wait=5' });
    expect(await events.next()).toBeUndefined();
  });

  it('[V8] with a path only what changes there is told', async () => {
    const { path, api } = await opened();
    const events = await follow(path, {}, { query: '?path=/entries/part' });
    expect(await events.next()).toMatchObject({ event: 'gone' });
    for (let n = 1; n < 6; n += 1) await api.push('c1', n, 'note', { key: `k${n}`, value: n }, { Prefer: 'wait=5' });
    await api.push('c1', 6, 'note', { key: 'part', value: { deep: { a: 1 } } }, { Prefer: 'wait=5' });
    expect(await events.next()).toMatchObject({ event: 'state', id: await etag(api), data: { deep: { a: 1 } } });
    await events.cut();
    const answer = await api.call('GET', '/state?at=1', undefined, { Accept: 'text/event-stream' });
    expect([answer.status, answer.body.type]).toEqual([400, 'urn:changebucket:problem:invalid-query']);
  });

  it('[V1] an unknown application is 404, also for events', async () => {
    const response = await askEvents(fresh(`owner-${crypto.randomUUID()}`));
    expect(response.status).toBe(404);
    await response.body?.cancel();
  });
});

const DECODER = new TextDecoder();
const version = { epoch: 'e', version: 1 };

const made = (until: number) => {
  const ended: string[] = [];
  const stream = new EventStream({
    subscription: { path: '', sent: undefined, currentTo: 0 },
    until,
    reason: 'age',
    onReady: () => undefined,
    onEnd: () => ended.push('ended'),
  });
  return { stream, ended };
};

const update = (text: string): Update => ({ kind: 'state', version, text });

describe('one stream', () => {
  it('[V5] [V6] a comment after 15 s of nothing, an end at its age', async () => {
    stopClock();
    const start = Date.now();
    const { stream, ended } = made(start + STREAM_AGE_MS);
    const reader = stream.body.getReader();
    const next = async () => DECODER.decode((await reader.read()).value);
    const first = next();
    await until(async () => stream.isReady);
    stream.send(eventOf(update('1')));
    expect(await first).toBe('event: state\nid: "e.1"\ndata: 1\n\n');
    const second = next();
    await until(async () => stream.isReady);
    stream.tick(Date.now() + HEARTBEAT_MS - 1_000);
    stream.tick(Date.now() + HEARTBEAT_MS + 1_000);
    expect(await second).toBe(':\n\n');
    const third = next();
    await until(async () => stream.isReady);
    stream.tick(start + STREAM_AGE_MS);
    expect(await third).toBe('event: end\ndata: {"reason":"age"}\n\n');
    expect((await reader.read()).done).toBe(true);
    expect(ended).toEqual(['ended']);
  });

  it('[V7] a reader that takes nothing is not written to, and is cut off after 30 s', async () => {
    stopClock();
    const { stream, ended } = made(Date.now() + STREAM_AGE_MS);
    expect(stream.isReady).toBe(false);
    stream.send(eventOf(update('1')));
    stream.tick(Date.now() + STREAM_STALL_MS - 1_000);
    expect(ended).toEqual([]);
    stream.tick(Date.now() + STREAM_STALL_MS + 1_000);
    expect(ended).toEqual(['ended']);
    await expect(stream.body.getReader().read()).rejects.toThrow();
  });

  it('[V3] [V7] what happens while a reader is slow comes as one step', async () => {
    const { path, api } = await opened();
    const response = await askEvents(path);
    for (let n = 1; n <= 10; n += 1) await api.push('c1', n, 'note', { key: 'a', value: n }, { Prefer: 'wait=5' });
    const events = new Events(response.body as ReadableStream<Uint8Array>);
    const seen: string[] = [];
    let state: unknown;
    while (seen.at(-1) !== (await etag(api))) {
      const event = await events.next();
      seen.push(event?.id as string);
      if (event?.event === 'state') state = event.data;
    }
    expect(seen.length).toBeLessThan(11);
    if (seen.length === 1) expect(state).toEqual((await api.state()).body);
    await events.cut();
  });
});

describe('all streams of an application', () => {
  const memory = { row: { epoch: 'e' }, version: 1, head: 1, waitingSince: 0 } as unknown as LoadedState;
  const STILL = { name: () => 'alice/notes', sync: async () => undefined, trackActive: () => () => undefined };
  const streams = () => new EventStreams({ updates: { next: () => undefined } as unknown as UpdateCache, ...STILL });

  it('[V6] once the token has expired nothing is told, even before the clock has ended the stream', async () => {
    const told = { next: () => update('secret') } as unknown as UpdateCache;
    const all = new EventStreams({ updates: told, ...STILL });
    const opened = all.open(memory, { known: [], expires: Math.floor(Date.now() / 1_000) - 1 });
    if (opened.kind !== 'stream') throw new Error('refused');
    const reader = opened.stream.getReader();
    const first = reader.read();
    all.onCommit(memory);
    expect(DECODER.decode((await first).value)).toContain('{"reason":"token"}');
    expect((await reader.read()).done).toBe(true);
    expect(all.size).toBe(0);
  });

  it('[C1] the first one keeps the object awake, and the last one lets it go', () => {
    let held = 0;
    const trackActive = () => {
      held += 1;
      return () => {
        held -= 1;
      };
    };
    const all = new EventStreams({
      name: () => 'alice/notes',
      updates: { next: () => undefined } as unknown as UpdateCache,
      sync: STILL.sync,
      trackActive,
    });
    for (let round = 0; round < 2; round += 1) {
      for (let open = 0; open < 3; open += 1) all.open(memory, { known: [] });
      expect([all.size, held]).toEqual([3, 1]);
      all.onDeleted();
      expect([all.size, held]).toEqual([0, 0]);
    }
  });

  it('a delivery that fails is logged with the name of the application', async () => {
    const logged = vi.spyOn(console, 'error').mockReturnValue(undefined);
    try {
      const updates = { next: () => update('1') } as unknown as UpdateCache;
      const sync = () => Promise.reject(new Error('the database is gone'));
      const all = new EventStreams({ ...STILL, updates, sync });
      const answer = all.open(memory, { known: [] });
      if (answer.kind !== 'stream') throw new Error('refused');
      answer.stream.getReader().read();
      await until(() => logged.mock.calls.length > 0);
      expect(JSON.parse(String(logged.mock.calls[0]?.[0]))).toMatchObject({
        level: 'error',
        application: 'alice/notes',
        error: 'Error: the database is gone',
      });
    } finally {
      logged.mockRestore();
    }
  });

  it('[V7] [B2] what readers have not read is bounded over all streams, and each gets its turn', async () => {
    const text = JSON.stringify('x'.repeat(3_000_000));
    let computed = 0;
    let version = 1;
    const next = () => {
      computed += 1;
      return { kind: 'state', version: { epoch: 'e', version }, text };
    };
    const all = new EventStreams({ ...STILL, updates: { next } as unknown as UpdateCache });
    const readers = Array.from({ length: 20 }, () => {
      const answer = all.open(memory, { known: [] });
      if (answer.kind !== 'stream') throw new Error('refused');
      return (answer.stream as ReadableStream<Uint8Array>).getReader();
    });
    const got = readers.map((reader) => reader.read());
    const settled = new Set<number>();
    for (const [index, each] of got.entries()) void each.then(() => settled.add(index));
    await until(() => settled.size >= 6);
    await scheduler.wait(20);
    expect([settled.size, computed]).toEqual([6, 6]);
    // Those that have read go on reading: the others come before them.
    version = 2;
    const again = [...settled].map((index) => (readers[index] as (typeof readers)[0]).read());
    await until(() => settled.size >= 10);
    for (const [index, each] of got.entries()) void each.then(() => (readers[index] as (typeof readers)[0]).read());
    await Promise.all([...got, ...again]);
    expect(settled.size).toBe(20);
    all.onDeleted();
  });

  it('[V9] [B2] 1,000 and no more; a place is free again when one ends', async () => {
    const all = streams();
    const answers = Array.from({ length: STREAMS_MAX + 1 }, () => all.open(memory, { known: [] }));
    expect(answers.map(({ kind }) => kind)).toEqual([
      ...Array.from({ length: STREAMS_MAX }, () => 'stream'),
      'refused',
    ]);
    const [first] = answers;
    if (first?.kind === 'stream') await first.stream.cancel();
    expect(all.open(memory, { known: [] }).kind).toBe('stream');
    for (const answer of answers) if (answer.kind === 'stream') await answer.stream.cancel();
  });
});
