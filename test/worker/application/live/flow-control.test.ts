import { describe, expect, it, vi } from 'vitest';
import type { Api } from '../../../support/api.ts';
import { connect, type Line, opened, subscribed } from '../../../support/live.ts';
import { hibernate } from '../../../support/objects.ts';
import { positionIn } from '../../../support/position.ts';
import { passTime, stopClock } from '../../../support/set-clock.ts';

describe('flow control', () => {
  const big = (n: number) => 'x'.repeat(200_000) + n;

  /** A socket that has been paused by n big changes, none of them acknowledged. */
  const paused = async (path: string, api: Api): Promise<{ line: Line; n: number }> => {
    const line = await subscribed(path);
    line.answersMarks = false;
    for (let n = 1; n < 20; n += 1) {
      await api.push('c1', n, 'note', { key: 'big', value: big(n) }, { Prefer: 'wait=5' });
      if (line.rest().some(({ type }) => type === 'paused')) return { line, n };
    }
    throw new Error('never paused');
  };

  it('[W11] a reader that acknowledges nothing is paused, and gets one step to the present after its ack', async () => {
    const { path, api } = await opened();
    const line = await subscribed(path);
    line.answersMarks = false;
    const other = await subscribed(path);
    let n = 0;
    const marks: number[] = [];
    for (let paused = false; !paused; ) {
      n += 1;
      await api.push('c1', n, 'note', { key: 'big', value: big(n) }, { Prefer: 'wait=5' });
      for (const heard of line.rest()) {
        if (heard.type === 'mark') marks.push(heard.mark);
        paused ||= heard.type === 'paused';
      }
      expect(n).toBeLessThan(20);
    }
    const told = line.heard;
    for (let more = 0; more < 5; more += 1) {
      n += 1;
      await api.push('c1', n, 'note', { key: 'big', value: big(n) }, { Prefer: 'wait=5' });
    }
    expect(line.heard).toBe(told);
    for (let seen = 0; seen < n + 1; ) {
      const heard = await other.next('patch', 'state');
      seen = heard.type === 'patch' ? heard.to : heard.version;
    }
    expect(marks.length).toBeGreaterThan(1);
    line.send({ type: 'ack', mark: marks.at(-1) as number });
    const step = await line.next('patch', 'state');
    expect(step.type === 'patch' ? step.to : step.version).toBe(n + 1);
    await api.push('c1', n + 1, 'note', { key: 'small', value: 1 });
    expect(await line.next('patch')).toMatchObject({ from: n + 1, to: n + 2 });
  });

  it('[W11] a reader that guesses marks is paused like one that acknowledges nothing', async () => {
    const { path, api } = await opened();
    const line = await subscribed(path);
    line.answersMarks = false;
    const seen = new Set<number>();
    let isPaused = false;
    for (let n = 1; n <= 30; n += 1) {
      await api.push('c1', n, 'note', { key: 'big', value: big(n) }, { Prefer: 'wait=5' });
      for (let mark = 1; mark <= 40; mark += 1) line.send({ type: 'ack', mark });
      for (const heard of line.rest()) {
        if (heard.type === 'mark') seen.add(heard.mark);
        isPaused ||= heard.type === 'paused';
      }
    }
    expect(isPaused).toBe(true);
    expect(seen.size).toBeLessThan(12);
    expect(Math.min(...seen)).toBeGreaterThan(1_000);
  });

  it('[W11] [W14] a pause outlives the object', async () => {
    const { path, api } = await opened();
    const { line, n } = await paused(path, api);
    await hibernate(path);
    await api.push('c1', n + 1, 'note', { key: 'small', value: 1 }, { Prefer: 'wait=5' });
    expect(line.rest()).toEqual([]);
    line.send({ type: 'ack', mark: 1 });
    const step = await line.next('patch', 'state');
    expect(step.type === 'patch' ? step.to : step.version).toBe(n + 2);
  });

  it('[W11] [W16] one that stays paused for 60 s is closed with 4408', async () => {
    const { path, api } = await opened();
    stopClock();
    try {
      const { line, n } = await paused(path, api);
      passTime(59_000);
      await api.push('c1', n + 1, 'note', { key: 'small', value: 1 }, { Prefer: 'wait=5' });
      expect(line.rest()).toEqual([]);
      passTime(2_000);
      await api.push('c1', n + 2, 'note', { key: 'small', value: 2 });
      expect(await line.next('closed')).toMatchObject({ code: 4408, reason: 'too-slow' });
    } finally {
      vi.useRealTimers();
    }
  });

  it('[W11] a state that is too big for a socket is a resync; the client reads it by HTTP and goes on from there', async () => {
    const { path, api } = await opened();
    for (let n = 1; n <= 5; n += 1)
      await api.push('c1', n, 'note', { key: `big${n}`, value: big(n) }, { Prefer: 'wait=5' });
    await api.push('c1', 6, 'grow', { key: 'bigger', bytes: 300_000 }, { Prefer: 'wait=5' });
    const line = await connect(path);
    line.send({ type: 'subscribe' });
    await line.next('resync');
    const { headers } = await api.state();
    const known = {
      epoch: positionIn(headers).epoch,
      version: positionIn(headers).version,
    };
    line.send({ type: 'subscribe', known });
    await line.next('current');
    await api.push('c1', 7, 'note', { key: 'small', value: 1 });
    expect(await line.next('patch')).toMatchObject({ from: 7, to: 8 });
  });

  it('[W11] who pushes on without reading is closed with 4408', async () => {
    const { path } = await opened();
    const line = await connect(path);
    line.answersMarks = false;
    const wrong = JSON.stringify({ type: 'push', client: 'c1', n: 2, name: 'note' });
    for (let floods = 1; ; floods += 1) {
      for (let i = 0; i < 1_000; i += 1) line.sendRaw(wrong);
      await scheduler.wait(450);
      const end = line.rest().find(({ type }) => type === 'closed');
      if (end !== undefined) {
        expect(end).toMatchObject({ code: 4408, reason: 'too-slow' });
        break;
      }
      expect(floods).toBeLessThan(60);
    }
  });
});
