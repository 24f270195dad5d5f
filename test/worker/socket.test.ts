import { describe, expect, it } from 'vitest';
import { Api, fresh } from '../support/api.ts';
import { connect, follow, shake } from '../support/live.ts';

const opened = async (): Promise<{ path: string; api: Api }> => {
  const path = fresh(`owner-${crypto.randomUUID()}`);
  const api = new Api(path);
  await api.create('debug');
  return { path, api };
};

describe('a socket', () => {
  it('[W5] works', async () => {
    const { path, api } = await opened();
    const line = await connect(path);
    expect(await line.next('authorised')).toMatchObject({ role: 'admin' });
    line.send({ type: 'subscribe' });
    expect(await line.next('state')).toMatchObject({ version: 0, state: { entries: {} } });
    await api.push('c', 1, 'note', { key: 'a', value: 1 });
    expect(await line.next('patch')).toMatchObject({ from: 0, to: 1 });
    line.send({ type: 'push', client: 'd', n: 1, name: 'note', args: { key: 'b', value: 1 } });
    expect(await line.next('outcomes')).toEqual({});
  });
  it('[V1] works', async () => {
    const { path, api } = await opened();
    const events = await follow(path);
    expect(await events.next()).toMatchObject({ event: 'state' });
    await api.push('c', 1, 'note', { key: 'a', value: 1 });
    expect(await events.next()).toMatchObject({ event: 'patch' });
  });
  it('[W1] shake', async () => {
    const { path } = await opened();
    expect((await shake(path, { headers: {} })).status).toBe(401);
  });
});
