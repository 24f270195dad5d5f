import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Slice } from '../../../../src/core/drain/drain-slice.ts';
import { DELIVERY_PAUSE_MS_MAX, THROTTLED_AUDIENCE_MIN } from '../../../../src/protocol/limits.ts';
import type { Socket } from '../../../../src/server/application/live/socket.ts';
import { type SocketHost, Sockets } from '../../../../src/server/application/live/sockets.ts';
import type { Subscription } from '../../../../src/server/application/live/subscription.ts';
import type { UpdateCache } from '../../../../src/server/application/live/update-cache.ts';
import type { LoadedState } from '../../../../src/server/application/state/loaded-state.ts';
import { connect, type Line, opened } from '../../../support/live.ts';

// Many sockets on one application: what happens while they are told comes as one step [W5].

const EPOCH = 'e';
const WHO = { kind: 'known', subject: 'alice', role: 'writer' } as const;

/** A crowd whose frames are collected, and how long one frame keeps the object busy. */
class Crowd {
  readonly heard = new Map<Socket, string[]>();
  readonly sockets: Sockets;
  version = 0;
  frameMs = 0;

  constructor(size: number) {
    const accepted: WebSocket[] = [];
    const host: SocketHost = {
      acceptWebSocket: (ws) => void accepted.push(ws),
      getWebSockets: () => [],
      setWebSocketAutoResponse: () => undefined,
    };
    const updates = {
      next: (memory: LoadedState, subscription: Subscription) => step(memory, subscription),
    } as unknown as UpdateCache;
    this.sockets = new Sockets({ host, updates, current: () => this.memory });
    for (let index = 0; index < size; index += 1) this.sockets.open(WHO, () => 0);
    for (const ws of accepted) this.#follow(ws);
  }

  get memory(): LoadedState {
    return { version: this.version, row: { epoch: EPOCH }, newest: { problems: {} } } as unknown as LoadedState;
  }

  get first(): Socket {
    return [...this.heard.keys()][0] as Socket;
  }

  /** A change of this client is applied. */
  apply(client = 'nobody'): void {
    this.version += 1;
    const change = { client, n: this.version, seq: this.version, user: WHO.subject };
    const slice = { base: this.version - 1, version: this.version, changes: [change], refusals: [] };
    this.sockets.onCommit(this.memory, slice as unknown as Slice);
  }

  /** What each socket has heard since the last look. */
  take(): string[] {
    const texts = [...this.heard.values()].map((frames) => frames.splice(0).join(' '));
    return [...new Set(texts)];
  }

  #follow(ws: WebSocket): void {
    const socket = this.sockets.of(ws, () => 0) as Socket;
    const frames: string[] = [];
    socket.follow({ path: '', sent: { epoch: EPOCH, version: 0 }, currentTo: 0 });
    ws.send = (text) => {
      vi.setSystemTime(Date.now() + this.frameMs);
      frames.push(String(text));
    };
    this.heard.set(socket, frames);
  }
}

const step = (memory: LoadedState, subscription: Subscription): object | undefined => {
  const from = subscription.currentTo;
  if (from === memory.version) return undefined;
  subscription.currentTo = memory.version;
  return { kind: 'patch', from, version: { epoch: EPOCH, version: memory.version }, text: '[]' };
};

const patch = (from: number, to: number): string =>
  `{"type":"patch",${from === to - 1 ? '' : `"from":${from},`}"to":${to},"patch":[]}`;

describe('a crowd', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('[W5] of fewer than 32 is told of every version at once', () => {
    const crowd = new Crowd(THROTTLED_AUDIENCE_MIN - 1);
    crowd.frameMs = 10;
    for (let version = 1; version <= 3; version += 1) {
      crowd.apply();
      expect(crowd.take()).toEqual([patch(version - 1, version)]);
    }
  });

  it('[W5] of 32 is told at once, and what happens meanwhile as one step in the next turn', () => {
    const crowd = new Crowd(THROTTLED_AUDIENCE_MIN);
    for (let version = 1; version <= 3; version += 1) crowd.apply();
    expect(crowd.take()).toEqual([patch(0, 1)]);
    vi.advanceTimersByTime(0);
    expect(crowd.take()).toEqual([patch(1, 3)]);
    vi.advanceTimersByTime(1_000);
    crowd.apply();
    expect(crowd.take()).toEqual([patch(3, 4)]);
  });

  it('[W5] that takes long to be told rests twice as long, and never longer than 100 ms', () => {
    const crowd = new Crowd(THROTTLED_AUDIENCE_MIN);
    crowd.frameMs = 1;
    // Once or twice may be an accident: the disk stops, too.
    for (let version = 1; version <= 2; version += 1) {
      crowd.apply();
      expect(crowd.take()).toEqual([patch(version - 1, version)]);
      vi.advanceTimersByTime(0);
    }
    crowd.apply();
    crowd.apply();
    expect(crowd.take()).toEqual([patch(2, 3)]);
    vi.advanceTimersByTime(63);
    expect(crowd.take()).toEqual(['']);
    vi.advanceTimersByTime(1);
    expect(crowd.take()).toEqual([patch(3, 4)]);
    crowd.frameMs = 10;
    for (let version = 5; version <= 7; version += 1) {
      vi.advanceTimersByTime(1_000);
      crowd.apply();
      expect(crowd.take()).toEqual([patch(version - 1, version)]);
    }
    crowd.apply();
    vi.advanceTimersByTime(DELIVERY_PAUSE_MS_MAX - 1);
    expect(crowd.take()).toEqual(['']);
    vi.advanceTimersByTime(1);
    expect(crowd.take()).toEqual([patch(7, 8)]);
  });

  it('[W10] who has pushed hears of the state and then of the outcome, while the others rest', () => {
    const crowd = new Crowd(THROTTLED_AUDIENCE_MIN);
    crowd.sockets.outcomes.bind(crowd.first, 'c1');
    crowd.apply();
    crowd.take();
    crowd.apply('c1');
    crowd.apply('c1');
    // The outcomes of a turn come in one frame, behind what was told meanwhile.
    expect(crowd.take()).toEqual([`${patch(1, 2)} ${patch(2, 3)}`, '']);
    vi.advanceTimersByTime(1_000);
    expect(crowd.take()).toEqual(['', patch(1, 3)]);
  });
});

it('[W5] [W6] forty sockets hear of five hundred changes in steps that fit, and end at the present', async () => {
  const { path, api } = await opened();
  const lines: Line[] = [];
  for (let index = 0; index < 40; index += 1) {
    const line = await connect(path);
    line.send({ type: 'subscribe' });
    await line.next('state');
    lines.push(line);
  }
  const writer = await connect(path);
  for (let n = 1; n <= 500; n += 1)
    writer.send({ type: 'push', client: 'w', n, name: 'note', args: { key: `k${n % 7}`, value: n } });
  for (const line of lines) {
    for (let at = 1; at < 501; ) {
      const frame = await line.next('patch', 'state');
      if (frame.type === 'patch') expect(frame.from).toBe(at);
      at = frame.type === 'patch' ? frame.to : (frame as { version: number }).version;
    }
  }
  expect((await api.info()).version).toBe(501);
});
