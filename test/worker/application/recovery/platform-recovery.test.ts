import { describe, expect, it } from 'vitest';
import { createClient } from '../../../../src/client/client.ts';
import { type Answer, Api, fresh, problemName } from '../../../support/api.ts';
import { directoryOf } from '../../../support/directories.ts';
import { keep, platformOf } from '../../../support/fake-recovery.ts';
import { failMarks, marksLeft } from '../../../support/faults.ts';
import { alarmsDone, evict, hibernate, inside } from '../../../support/objects.ts';
import { sleep, until } from '../../../support/wait.ts';
import { optionsFor } from '../../../support/worker-client.ts';

const NOW = { Prefer: 'wait=5' };

/** Takes a moment to which the platform can go back. @returns its time, ms since 1970 */
const takeMoment = async (api: Api): Promise<number> => {
  const at = Date.now();
  // Whatever comes later must not be in the same millisecond.
  while (Date.now() === at) await sleep(1);
  await inside(api.path, (storage) => keep(platformOf(api.path), storage, at));
  return at;
};

let owners = 0;
/** An owner of its own for each application: the rate of the Worker is per subject. */
const platform = (): string => {
  owners += 1;
  return `platform-${owners}`;
};

const recover = (api: Api, point: object): Promise<Answer> =>
  api.call('POST', '/restore', { from: 'platform', ...point });
const etagOf = async (api: Api): Promise<string> => (await api.state()).headers.get('ETag') as string;
const epochOf = async (api: Api): Promise<string> => (await api.info()).epoch;
const appOf = (api: Api): string => api.path.split('/').at(-1) as string;
const markOf = (api: Api) =>
  directoryOf(api.path.split('/').at(-2) as string).stub.recoveryMark(appOf(api), { kind: 'read' });

/** The line of the owner's list. */
const listed = async (api: Api) => {
  const lines = await directoryOf(api.path.split('/').at(-2) as string).stub.entries('', 500);
  return lines.find(({ app }) => app === appOf(api)) as { epoch: string; version: number } | undefined;
};

/** A document with {a: 1}, a moment of it, and then {a: 1, b: 2}. */
const changed = async (owner = platform()): Promise<{ api: Api; time: number }> => {
  const api = new Api(fresh(owner));
  await api.merge('c1', 1, { a: 1 }, NOW);
  const time = await takeMoment(api);
  await api.merge('c1', 2, { b: 2 }, NOW);
  return { api, time };
};

/** A document and a moment of it at which its first change, {queued: true}, waits for the alarm. */
const queued = async (): Promise<{ api: Api; time: number }> => {
  for (;;) {
    const api = new Api(fresh(platform()));
    await api.create('document');
    expect((await api.merge('c1', 1, { queued: true })).status).toBe(202);
    const time = await takeMoment(api);
    const moment = [...platformOf(api.path).moments.values()].at(-1);
    const rowsOf = (name: string) => moment?.tables.find((table) => table.name === name)?.rows.length;
    expect(rowsOf('changes_1')).toBe(1);
    // The alarm may have come first.
    if (rowsOf('drains_1') === 0) return { api, time };
  }
};

/** Asks all the time, and writes down each state that is answered, as `epoch state`. */
const reader = (api: Api): { readonly seen: Set<string>; readonly stop: () => Promise<void> } => {
  const [seen, going] = [new Set<string>(), { on: true }];
  const done = (async () => {
    while (going.on) {
      await sleep(5);
      const answer = await api.state();
      if (answer.status === 200) seen.add(`${answer.headers.get('ETag')?.slice(1).split('.')[0]} ${answer.text}`);
      else expect([answer.status, problemName(answer)]).toEqual([503, 'unavailable']);
    }
  })();
  const stop = (): Promise<void> => {
    going.on = false;
    return done;
  };
  return { seen, stop };
};

describe('where there is no recovery', () => {
  it.each([
    ['alice', 501, 'recovery-unavailable', 'PLATFORM_RECOVERY'],
    ['recovery', 501, 'recovery-unavailable', 'platform'],
    ['recovery-wrong', 503, 'not-configured', 'PLATFORM_RECOVERY'],
  ])('[L19] a deployment such as that of %s answers %i, with what lacks, and nothing changes', async (owner, ...no) => {
    const { api, time } = await changed(owner);
    const before = await etagOf(api);
    const answer = await recover(api, { time });
    expect([answer.status, problemName(answer), answer.body.detail]).toEqual([
      ...no.slice(0, 2),
      expect.stringContaining(no[2] as string),
    ]);
    expect((await recover(api, { bookmark: 'moment-0' })).status).toBe(no[0]);
    expect(await markOf(api)).toBe(undefined);
    await evict(api.path);
    expect([await etagOf(api), await api.drained()]).toEqual([before, { a: 1, b: 2 }]);
  });

  it('[L19] a point that is none, or not of the last 30 days, is refused and changes nothing', async () => {
    const { api } = await changed();
    const DAY = 86_400_000;
    for (const point of [
      ...[{}, { version: 1 }, { time: 1.5 }, { time: 1, bookmark: 'moment-0' }, { bookmark: 'a b' }],
      ...[{ bookmark: 'x'.repeat(201) }, { time: Date.now() - 31 * DAY }, { time: Date.now() + DAY }],
    ]) {
      const answer = await recover(api, point);
      expect([answer.status, problemName(answer)], JSON.stringify(point)).toEqual([422, 'invalid-restore']);
    }
    expect(await markOf(api)).toBe(undefined);
  });

  it('[L19] [A3] it needs the role admin', async () => {
    const { api, time } = await changed();
    const writer = new Api(api.path.replace('/v1/apps/', ''), 'bob', { [api.path.replace('/v1/apps/', '')]: 'writer' });
    expect((await recover(writer, { time })).status).toBe(403);
  });

  it('[L19] a bookmark that the platform does not take is refused; the next instance just begins an epoch', async () => {
    const { api } = await changed();
    const epoch = await epochOf(api);
    const answer = await recover(api, { bookmark: 'moment-99' });
    expect([answer.status, problemName(answer), await epochOf(api)]).toEqual([422, 'invalid-restore', epoch]);
    await evict(api.path);
    expect([await api.drained(), (await epochOf(api)) > epoch]).toEqual([{ a: 1, b: 2 }, true]);
  });
});

describe('a recovery by the platform', () => {
  it('[L19] brings the whole application back to the time, under a new epoch, and can be undone', async () => {
    const { api, time } = await changed();
    const before = await etagOf(api);
    const { seen, stop } = reader(api);
    const answer = await recover(api, { time });
    await stop();
    expect([answer.status, answer.body]).toEqual([
      200,
      expect.objectContaining({ version: 1, undo: { from: 'platform', bookmark: expect.any(String) } }),
    ]);
    const epoch = before.slice(1).split('.')[0] as string;
    expect(answer.body.epoch > epoch).toBe(true);
    for (const each of seen) expect([`${epoch} {"a":1,"b":2}`, `${answer.body.epoch} {"a":1}`]).toContain(each);
    expect((await api.log(0)).body.entries.map(({ n }: { n: number }) => n)).toEqual([1]);
    const after = await api.state({ 'If-None-Match': before, 'A-IM': 'json-patch' });
    expect([after.status, after.body]).toEqual([200, { a: 1 }]);
    expect(await markOf(api)).toBe(undefined);
    // The counters of clients are those of then: n goes on from there, in another epoch.
    expect((await api.merge('c1', 3, {})).body.expected).toBe(2);
    expect((await api.merge('c1', 2, { c: 3 }, NOW)).body).toMatchObject({ n: 2, seq: 2, status: 'applied' });
    await evict(api.path);
    expect([await epochOf(api), await api.drained()]).toEqual([answer.body.epoch, { a: 1, c: 3 }]);
    const { from: _, ...undo } = answer.body.undo;
    const undone = await recover(api, undo);
    expect([undone.status, undone.body.version, await api.drained()]).toEqual([200, 2, { a: 1, b: 2 }]);
    expect(undone.body.epoch > answer.body.epoch).toBe(true);
    expect((await api.merge('c1', 2, { b: 2 })).body).toMatchObject({ n: 2, seq: 2, repeated: true });
  });

  it('[L19] what was queued then is applied, without a request', async () => {
    const { api, time } = await queued();
    await api.merge('c1', 2, { b: 2 }, NOW);
    expect((await recover(api, { time })).status).toBe(200);
    await alarmsDone(api.path);
    expect((await api.state()).body).toEqual({ queued: true });
  });

  it('[L19] [L4] [L16] an application that was deleted since comes back into the list', async () => {
    const { api, time } = await changed();
    expect((await api.call('DELETE', '')).status).toBe(204);
    const answer = await recover(api, { time });
    expect([answer.status, await api.drained()]).toEqual([200, { a: 1 }]);
    const { stub } = directoryOf(api.path.split('/').at(-2) as string);
    expect(await listed(api)).toMatchObject({ epoch: answer.body.epoch, version: 1 });
    expect((await stub.retained()).filter(({ app }) => app === appOf(api))).toEqual([]);
  });

  it('[L19] a time before the application leads to none, and its undo is told', async () => {
    const api = new Api(fresh(platform()));
    const time = await takeMoment(api);
    await api.merge('c1', 1, { a: 1 }, NOW);
    const answer = await recover(api, { time });
    expect([answer.status, problemName(answer)]).toEqual([404, 'unknown-application']);
    const [undo] = /\{.*\}/.exec(answer.body.detail) ?? ['{}'];
    const undone = await api.call('POST', '/restore', JSON.parse(undo));
    expect([undone.status, await api.drained()]).toEqual([200, { a: 1 }]);
  });

  it('[L19] [A15] [A13] [C3] what protects does not go back: closed reading, revoked tokens, used budget', async () => {
    const api = new Api(fresh(platform()));
    await api.merge('c1', 1, { a: 1 }, NOW);
    await api.call('PUT', '/public');
    const name = api.path.replace('/v1/apps/', '');
    const bob = new Api(name, 'bob-of-recovery', { [name]: 'reader' });
    expect((await bob.state()).status).toBe(200);
    const time = await takeMoment(api);
    await api.call('DELETE', '/public');
    await directoryOf('bob-of-recovery').stub.revoke(Math.floor(Date.now() / 1_000));
    expect((await bob.state()).status).toBe(401);
    for (let n = 2; n < 9; n += 1) await api.merge('c1', n, { n }, NOW);
    const { rowsWritten } = (await api.info()).cost;
    const answer = await recover(api, { time });
    expect([answer.status, answer.body.public, answer.body.version]).toEqual([200, false, 1]);
    expect(answer.body.cost.rowsWritten).toBeGreaterThan(rowsWritten);
    expect((await bob.state()).status).toBe(401);
    await evict(api.path);
    expect((await api.info()).cost.rowsWritten).toBeGreaterThan(rowsWritten);
  });

  it.concurrent.each(['poll', 'long-poll', 'sse', 'socket'] as const)(
    '[L19] [S11] clients by %s go on with the recovered state, and keep what they have not sent',
    async (transport) => {
      const api = new Api(fresh(platform()));
      await api.create('document');
      const options = { ...optionsFor(api.path.replace('/v1/apps/', '')), transport };
      const gate = { isClosed: false };
      const fetching: typeof fetch = (input, init) =>
        gate.isClosed && init?.method === 'PUT' ? Promise.reject(new TypeError('offline')) : options.fetch(input, init);
      const writer = createClient({ ...options, transport: 'poll', fetch: fetching });
      const watcher = createClient(options);
      try {
        await writer.push.merge({ a: 1 }).applied;
        const time = await takeMoment(api);
        await writer.push.merge({ b: 2 }).applied;
        await until(() => JSON.stringify(watcher.state) === '{"a":1,"b":2}');
        gate.isClosed = true;
        const unsent = writer.push.merge({ c: 3 });
        if (transport === 'socket') await hibernate(api.path);
        expect((await recover(api, { time })).status).toBe(200);
        await until(() => JSON.stringify(watcher.state) === '{"a":1}');
        gate.isClosed = false;
        await unsent.applied;
        for (const client of [writer, watcher]) await until(() => JSON.stringify(client.state) === '{"a":1,"c":3}');
        expect(await api.drained()).toEqual({ a: 1, c: 3 });
      } finally {
        writer.close();
        watcher.close();
      }
    },
  );

  it.concurrent('[L19] while the directory is silent, nothing is served', async () => {
    const { api, time } = await changed('platform-silent');
    const { pause, resume } = directoryOf('platform-silent');
    const epoch = await epochOf(api);
    await evict(api.path);
    await pause();
    const answers = await Promise.all([api.state(), api.merge('c1', 3, { c: 3 })]);
    await resume();
    for (const answer of answers) expect([answer.status, problemName(answer)]).toEqual([503, 'unavailable']);
    expect([await epochOf(api), await api.drained()]).toEqual([epoch, { a: 1, b: 2 }]);
    expect((await recover(api, { time })).body).toMatchObject({ version: 1 });
  });
});

describe('an instance that ends during a recovery', () => {
  const BEFORE = '{"a":1,"b":2}';
  it.each([
    ['before the mark', () => failMarks('before set'), BEFORE, 'same'],
    ['after the mark', (api: Api) => Object.assign(platformOf(api.path), { death: 'before' }), BEFORE, 'new'],
    ['after the bookmark', (api: Api) => Object.assign(platformOf(api.path), { death: 'after' }), '{"a":1}', 'new'],
    ['before it has read the mark', () => failMarks('before read'), '{"a":1}', 'new'],
    ['before the epoch', () => failMarks('after read'), '{"a":1}', 'new'],
    ['after the epoch', () => failMarks('before clear'), '{"a":1}', 'new'],
    ['after it has cleared the mark', () => failMarks('after clear'), '{"a":1}', 'new'],
  ] as const)('[L19] %s: a reader sees no old epoch with an older state', async (_, arrange, state, epochs) => {
    const { api, time } = await changed();
    const epoch = await epochOf(api);
    arrange(api);
    const { seen, stop } = reader(api);
    const answer = await recover(api, { time });
    // Each fault has happened, and an instance that answers leaves no mark behind.
    expect([marksLeft(), platformOf(api.path).death]).toEqual([0, undefined]);
    if (answer.status === 200) expect(await markOf(api)).toBe(undefined);
    await evict(api.path);
    const last = await epochOf(api);
    await stop();
    // By the alarm, when the request was answered before.
    await until(async () => (await listed(api))?.epoch === last);
    expect([200, 503]).toContain(answer.status);
    expect([(await api.state()).text, await markOf(api)]).toEqual([state, undefined]);
    expect(last > epoch).toBe(epochs === 'new');
    for (const each of seen) expect([`${epoch} ${BEFORE}`, `${last} ${state}`]).toContain(each);
    if (answer.status === 200) expect([answer.body.epoch, answer.body.version]).toEqual([last, 1]);
    await evict(api.path);
    expect(await epochOf(api)).toBe(last);
    expect((await recover(api, { time })).status).toBe(200);
    expect((await api.state()).text).toBe('{"a":1}');
  });

  it('[L19] [Q1] loses nothing that is accepted later, where the platform has heard it and failed to say so', async () => {
    const { api, time } = await changed();
    const platformOfIt = Object.assign(platformOf(api.path), { isUnheard: true });
    expect(problemName(await recover(api, { time }))).toBe('unavailable');
    platformOfIt.isUnheard = false;
    await until(async () => (await api.state()).text === '{"a":1}');
    expect((await api.merge('c2', 1, { later: true }, NOW)).status).toBe(200);
    await evict(api.path);
    expect(await api.drained()).toEqual({ a: 1, later: true });
  });
});
