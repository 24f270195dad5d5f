import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bucket, type Environment } from '../../../src/server/index.ts';
import { Api, debugApp, fresh, problemName, request } from '../../support/api.ts';
import { BUG, deployCounter } from '../../support/definitions.ts';
import { connect, follow } from '../../support/live.ts';
import { evict } from '../../support/objects.ts';
import { until } from '../../support/wait.ts';

let lines: Record<string, unknown>[] = [];

beforeEach(() => {
  lines = [];
  vi.spyOn(console, 'error').mockImplementation((text) => {
    const line = JSON.parse(text);
    // On a slow machine drains are slow, those of earlier tests, too.
    if (line.message !== 'a drain was slow') lines.push(line);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

const nameOf = ({ path }: Api): string => path.replace('/v1/apps/', '');

/** The changes of the kind `debug` that throw. `throw-nothing` has no message and no stack. */
const THROWING = ['throw', 'schema-throws'] as const;

describe('[E2] [D4] a change whose code throws', () => {
  it.each(THROWING)('%s: is logged with application, seq and name, and once with its stack', async (name) => {
    const api = await debugApp();
    for (let n = 1; n <= 3; n += 1) await api.push('c1', n, name, {}, { Prefer: 'wait=5' });
    const line = {
      level: 'error',
      message: 'a change failed',
      application: nameOf(api),
      change: name,
      error: `Error: ${BUG}`,
    };
    expect(lines).toMatchObject([
      { ...line, seq: 1, stack: expect.stringContaining('definitions.ts') },
      { ...line, seq: 2, stackAtSeq: 1 },
      { ...line, seq: 3, stackAtSeq: 1 },
    ]);
  });

  it('is logged with what to do when it changes what it has assigned', async () => {
    const api = await debugApp();
    await api.push('c1', 1, 'change-assigned', {}, { Prefer: 'wait=5' });
    expect(lines).toMatchObject([{ seq: 1, cure: expect.stringContaining('read it from the state again') }]);
  });

  it('is logged also when the alarm applies it, with nothing where nothing was thrown', async () => {
    const api = await debugApp();
    await api.push('c1', 1, 'throw-nothing');
    await until(async () => (await api.ticket('c1', 1)).body.status === 'rejected');
    expect(lines).toMatchObject([{ application: nameOf(api), seq: 1, change: 'throw-nothing', error: 'undefined' }]);
  });

  it('is logged by the change of the atomic batch that failed', async () => {
    const api = await debugApp();
    const changes = [
      { name: 'context', args: { key: 'a' } },
      { name: 'throw' },
      { name: 'context', args: { key: 'b' } },
    ];
    await api.batch('c1', 1, changes, { atomic: true }, { Prefer: 'wait=5' });
    expect(lines).toMatchObject([{ seq: 2, change: 'throw' }]);
  });

  it.each(['not-json', 'not-a-number'])('%s: is logged, too, and tells strangers the pointer only', async (name) => {
    const api = await debugApp();
    const answer = await api.push('c1', 1, name, {}, { Prefer: 'wait=5' });
    const pointer = name === 'not-json' ? '/entries/date' : '/entries/nan';
    expect(answer.body).toMatchObject({ pointer, detail: expect.stringContaining(pointer) });
    expect(lines).toMatchObject([{ seq: 1, change: name, stack: expect.stringContaining('definitions.ts') }]);
  });

  it('with a problem that the protocol does not have, is change-failed, and the next change is applied', async () => {
    const api = await debugApp();
    const odd = await api.push('c1', 1, 'own-problem', {}, { Prefer: 'wait=5' });
    expect([problemName(odd), odd.body.detail]).toEqual(['change-failed', 'This is not in the protocol.']);
    expect((await api.push('c1', 2, 'note', { key: 'a', value: 1 }, { Prefer: 'wait=5' })).body.status).toBe('applied');
  });

  it('what is meant for users is not logged, and tells them all', async () => {
    const api = await debugApp();
    const refused = await api.push('c1', 1, 'refuse', {}, { Prefer: 'wait=5' });
    const invalid = await api.push('c1', 2, 'note', { key: 7 }, { Prefer: 'wait=5' });
    expect([refused.body.reason, refused.body.detail]).toEqual(['no', 'The application says no.']);
    expect(invalid.body.detail).toContain('key');
    expect(lines).toEqual([]);
  });

  it.each(THROWING)('%s: nobody is told what was thrown, on any way', async (name) => {
    const api = await debugApp();
    const told: string[] = [];
    const tell = async (answer: Promise<{ readonly text: string; readonly headers: Headers }>): Promise<void> => {
      const { text, headers } = await answer;
      told.push(text, [...headers].join('\n'));
    };
    const events = await follow(nameOf(api));
    told.push(JSON.stringify(await events.next()));
    const line = await connect(nameOf(api));
    line.send({ type: 'push', client: 'c1', n: 1, name });
    told.push(JSON.stringify(await line.next('outcomes')));
    await tell(api.push('c1', 2, name, {}, { Prefer: 'wait=5' }));
    await tell(api.push('c1', 3, name, {}, { Prefer: 'wait=5, return=representation' }));
    await tell(api.push('c1', 4, name, {}, { Prefer: 'precheck' }));
    await tell(api.call('POST', '/changes', { name }, { Prefer: 'wait=5' }));
    await tell(api.batch('c2', 1, [{ name }, { name: 'refuse' }], { atomic: true }, { Prefer: 'wait=5' }));
    await tell(api.push('c3', 1, name));
    await tell(api.state({ Prefer: 'drain' }));
    await tell(api.ticket('c1', 2));
    await tell(api.log(0));
    await tell(api.call('GET', '/rejections'));
    await tell(api.call('POST', '/rejections/1/retry'));
    await tell(api.call('GET', ''));
    await tell(api.call('GET', '/export'));
    const failed = bucket(env as unknown as Environment).push(nameOf(api), { name }, { wait: 5 });
    const error = await failed.catch((reason: unknown) => reason);
    told.push(String(error), JSON.stringify(error));
    line.close();
    await events.cut();
    expect(told.join('\n')).toContain('change-failed');
    expect(told.filter((text) => text.includes('swordfish'))).toEqual([]);
  });
});

describe('[E2] [L5] a migration that throws', () => {
  const counterAt = async (version: 1 | 2 | 3): Promise<Api> => {
    deployCounter(1);
    const api = new Api(fresh());
    await api.create('counter');
    await api.push('c1', 1, 'add', { by: 5 }, { Prefer: 'wait=5' });
    deployCounter(version);
    await evict(api.path);
    return api;
  };

  afterEach(() => deployCounter(1));

  it('is logged with its seq and stack, and nobody is told what was thrown', async () => {
    const api = await counterAt(3);
    await until(async () => (await api.info()).held !== null);
    const refused = await api.push('c1', 2, 'add', { by: 1 }, { Prefer: 'wait=5' });
    expect(problemName(refused)).toBe('migration-failed');
    expect(lines.filter(({ message }) => message === 'a migration failed')).toEqual([
      {
        level: 'error',
        time: expect.any(String),
        message: 'a migration failed',
        application: nameOf(api),
        seq: 2,
        change: '$migrate',
        error: `Error: ${BUG}`,
        stack: expect.stringContaining('definitions.ts'),
      },
    ]);
    const drained = await api.state({ Prefer: 'drain' });
    expect(JSON.stringify([refused.text, await api.info(), drained.text])).not.toContain('swordfish');
  });

  it('[L10] is logged at an import as well, and the importer is not told', async () => {
    const api = await counterAt(1);
    const backup = (await api.call('GET', '/export')).text;
    deployCounter(3);
    const headers = { ...(await authorization(api)), 'Content-Type': 'application/x-ndjson' };
    const imported = await request(`${api.path}/import`, { method: 'PUT', body: backup, headers });
    expect([imported.status, problemName(imported)]).toEqual([422, 'invalid-import']);
    expect(imported.text).not.toContain('swordfish');
    expect(lines).toMatchObject([{ application: nameOf(api), change: '$migrate', error: `Error: ${BUG}` }]);
  });
});

const authorization = async (api: Api): Promise<Record<string, string>> => ({
  Authorization: `Bearer ${await bucket(env as unknown as Environment).mint({ subject: nameOf(api).split('/')[0] ?? '' })}`,
});
