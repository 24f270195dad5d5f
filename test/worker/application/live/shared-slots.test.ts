import { describe, expect, it } from 'vitest';
import { DISPLACED_RETRY_S, SOCKETS_MAX, STREAMS_MAX, WAITERS_MAX } from '../../../../src/protocol/limits.ts';
import { EventStreams } from '../../../../src/server/application/live/event-streams.ts';
import { type SocketHost, Sockets } from '../../../../src/server/application/live/sockets.ts';
import type { UpdateCache } from '../../../../src/server/application/live/update-cache.ts';
import { Waiters } from '../../../../src/server/application/read/waiters.ts';
import type { LoadedState } from '../../../../src/server/application/state/loaded-state.ts';

const updates = { next: () => undefined } as unknown as UpdateCache;

describe('[F3] [W17] sockets', () => {
  interface Closed {
    readonly code: number;
    readonly reason: string;
  }

  /** Sockets on a host that takes any number, and how those of each subject were closed. */
  const sharedSockets = () => {
    const ends: { ws: WebSocket; closed?: Closed; problem?: any }[] = [];
    const host: SocketHost = {
      acceptWebSocket: (ws) => {
        const end: (typeof ends)[number] = { ws };
        ws.accept();
        ws.close = (code = 0, reason = '') => {
          end.closed = { code, reason };
        };
        ws.send = (text) => {
          const frame = JSON.parse(String(text));
          if (frame.type === 'error') end.problem = frame.problem;
        };
        ends.push(end);
      },
      getWebSockets: () => [],
      setWebSocketAutoResponse: () => undefined,
    };
    const sockets = new Sockets({ host, updates, current: () => undefined });
    const open = (subject: string): string => {
      const opened = sockets.open({ kind: 'known', subject, role: 'reader' }, () => 0);
      return 'name' in opened ? opened.name : 'socket';
    };
    return { sockets, ends, open };
  };

  it('one subject may have all; a newcomer takes one of its, which is told why and when to come back', () => {
    const { sockets, ends, open } = sharedSockets();
    for (let i = 0; i < SOCKETS_MAX; i += 1) expect(open('hog')).toBe('socket');
    expect(open('hog')).toBe('unavailable');
    expect(open('honest')).toBe('socket');
    expect(sockets.size).toBe(SOCKETS_MAX);
    expect(ends.filter(({ closed }) => closed !== undefined)).toEqual([ends[SOCKETS_MAX - 1]]);
    expect(ends[SOCKETS_MAX - 1]?.closed).toEqual({ code: 4429, reason: 'displaced' });
    expect(ends[SOCKETS_MAX - 1]?.problem).toMatchObject({ retryAfter: DISPLACED_RETRY_S });
    expect(open('hog')).toBe('unavailable');
  });

  it('two that ask for all have half each, and then nobody closes the sockets of the other', () => {
    const { ends, open } = sharedSockets();
    for (let i = 0; i < SOCKETS_MAX; i += 1) open('hog');
    for (let i = 0; i < SOCKETS_MAX; i += 1) open('greedy');
    expect(ends.filter(({ closed }) => closed !== undefined).length).toBe(SOCKETS_MAX / 2);
    expect([open('hog'), open('greedy'), open('third')]).toEqual(['unavailable', 'unavailable', 'socket']);
  });
});

describe('[F3] [V6] [V9] event streams', () => {
  const memory = { row: { epoch: 'e' }, version: 1, head: 1, waitingSince: 0 } as unknown as LoadedState;

  it('one subject may have all; a newcomer takes one of its, which ends with the reason and the wait', async () => {
    const options = { name: () => 'a/b', sync: async () => undefined, trackActive: () => () => undefined };
    const streams = new EventStreams({ ...options, updates });
    const open = (user: string) => streams.open(memory, { known: [], user });
    const all = Array.from({ length: STREAMS_MAX }, () => open('hog'));
    const newest = all.at(-1);
    if (newest?.kind !== 'stream') throw new Error('refused');
    const reader = newest.stream.getReader();
    const last = reader.read();
    expect(open('hog').kind).toBe('refused');
    expect(open('honest').kind).toBe('stream');
    expect(streams.size).toBe(STREAMS_MAX);
    expect(new TextDecoder().decode((await last).value)).toBe(
      `retry: ${DISPLACED_RETRY_S * 1_000}\nevent: end\ndata: {"reason":"displaced"}\n\n`,
    );
    expect((await reader.read()).done).toBe(true);
    streams.onDeleted();
  });
});

describe('[F3] [B2] waiting requests', () => {
  it('one subject may have all places; a newcomer takes that of the one that waits longest', async () => {
    const waiters = new Waiters();
    const ended: number[] = [];
    const waiting = Array.from({ length: WAITERS_MAX }, (_, index) =>
      waiters.wait(1, 25, 'hog').then(() => ended.push(index)),
    );
    expect([waiters.isFull, waiters.hasSlotFor('hog'), waiters.hasSlotFor('honest')]).toEqual([true, false, true]);
    const honest = waiters.wait(1, 25, 'honest');
    await waiting[0];
    expect([ended, waiters.size]).toEqual([[0], WAITERS_MAX]);
    waiters.onDeleted();
    await Promise.all([...waiting, honest]);
    expect([waiters.isFull, waiters.size]).toEqual([false, 0]);
  });
});
