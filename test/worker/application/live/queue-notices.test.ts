import { afterEach, describe, expect, it, vi } from 'vitest';
import { Api, fresh } from '../../../support/api.ts';
import { deployCounter } from '../../../support/definitions.ts';
import { follow, type Line, notePush, opened, subscribed } from '../../../support/live.ts';
import { evict, hibernate } from '../../../support/objects.ts';
import { stopClock } from '../../../support/set-clock.ts';
import { until } from '../../../support/wait.ts';

afterEach(() => void vi.useRealTimers());

/** So many rejections take several slices: one ends after 200. */
const refuse = (api: Api, n: number) => api.batch('behind', n, Array(1_000).fill({ name: 'refuse' }));

const queueFrames = (line: Line) => line.rest().filter(({ type }) => type === 'queue');

const held = async (): Promise<Api> => {
  deployCounter(1);
  const api = new Api(fresh());
  await api.create('counter');
  await api.push('c1', 1, 'add', { by: 5 }, { Prefer: 'wait=5' });
  return api;
};

describe('what readers are told of the queue', () => {
  it('[W18] [V10] nothing of changes that are applied in one step', async () => {
    const { path, api } = await opened();
    // A slice is not ended by the time that it takes.
    stopClock();
    const [line, events] = [await subscribed(path), await follow(path)];
    expect((await events.next())?.event).toBe('state');
    for (let n = 1; n <= 20; n += 1) line.send(notePush('c1', n, 'a'));
    for (let n = 1; n <= 5; n += 1) await api.push('c2', n, 'note', { key: 'b', value: n }, { Prefer: 'wait=5' });
    await api.push('c2', 6, 'note', { key: 'last', value: 1 }, { Prefer: 'wait=5' });
    const names: unknown[] = [];
    for (let last = ''; !last.includes('last'); ) {
      const event = await events.next();
      names.push(event?.event);
      last = JSON.stringify(event?.data);
    }
    expect(names).not.toContain('queue');
    const heard = new Set<string>();
    await until(() => {
      for (const frame of line.rest()) heard.add(frame.type === 'patch' ? JSON.stringify(frame.patch) : frame.type);
      return [...heard].some((each) => each.includes('/last'));
    });
    expect([...heard].filter((each) => !each.startsWith('['))).not.toContain('queue');
    line.close();
    await events.cut();
  });

  it('[W18] [V10] that it stays, at most once a second, and once that it is empty again, after the step', async () => {
    const { path, api } = await opened();
    // No second passes, however long the machine takes.
    stopClock();
    const [line, events] = [await subscribed(path), await follow(path)];
    await events.next();
    await refuse(api, 1);
    const [first, last] = [await line.next('queue'), await line.next('queue')];
    expect([first.queue > 0, first.queue < 1_000, first.lag >= 0]).toEqual([true, true, true]);
    expect(last).toEqual({ type: 'queue', queue: 0, lag: 0 });
    await api.push('c1', 1, 'note', { key: 'end', value: 1 }, { Prefer: 'wait=5' });
    await line.next('patch');
    expect(queueFrames(line)).toEqual([]);
    // A stream is told the newest when it is ready: it may have missed that there was something.
    const told = [await events.next()];
    while (told.at(-1)?.data.queue !== 0) told.push(await events.next());
    expect(told.filter((each) => each?.event === 'queue').length).toBeLessThanOrEqual(2);
    expect(told.at(-1)).toEqual({ event: 'queue', id: undefined, data: { queue: 0, lag: 0 } });
    line.close();
    await events.cut();
  });

  it('[W18] [L5] that a migration holds it, and its end, also over a sleep of the object', async () => {
    const api = await held();
    const line = await subscribed(api.path.replace('/v1/apps/', ''));
    deployCounter(3);
    await hibernate(api.path);
    expect((await api.push('c1', 2, 'add', { by: 1 })).status).toBe(202);
    // Its migration waits, too.
    while ((await line.next('queue')).queue < 2);
    const other = await subscribed(api.path.replace('/v1/apps/', ''));
    line.send({ type: 'subscribe' });
    const definition = await line.next('definition');
    expect([definition.queue, (definition.lag ?? 0) >= 0]).toEqual([2, true]);
    deployCounter(2);
    await hibernate(api.path);
    await api.drained();
    for (const each of [line, other]) {
      await each.next('patch', 'state');
      // What was queued when an instance begins is applied in attempts.
      while ((await each.next('queue')).queue > 0);
      expect(queueFrames(each)).toEqual([]);
    }
    line.send({ type: 'subscribe' });
    expect(await line.next('definition')).toEqual({ type: 'definition', version: 2 });
    deployCounter(1);
  });

  it('[V10] [L5] that a migration holds it, on a stream', async () => {
    const api = await held();
    deployCounter(3);
    await evict(api.path);
    const events = await follow(api.path.replace('/v1/apps/', ''));
    expect((await events.next())?.event).toBe('state');
    expect(await events.next()).toMatchObject({ event: 'queue', data: { queue: 1 } });
    await events.cut();
    deployCounter(1);
  });
});
