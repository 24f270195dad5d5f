import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import type { ApplicationObject } from '../../../src/server/application/application-object.ts';
import { Revocation } from '../../../src/server/directory/revocation.ts';
import { SubjectUses } from '../../../src/server/directory/subject-uses.ts';
import { packRead, unpackReadAnswer } from '../../../src/server/rpc/packing.ts';
import { printPass } from '../../../src/server/rpc/pass.ts';
import { Api, changedDocument, type Headings, problemName, problemsIn, request } from '../../support/api.ts';
import { fetchWorker } from '../../support/fetch-worker.ts';
import { issued, nowSeconds, revoke } from '../../support/issued-tokens.ts';
import { connect, Events, type Heard, type Line, shake } from '../../support/live.ts';
import { alarmsDone, evict, hibernate, stubOf } from '../../support/objects.ts';
import { askOperated, audited, byClaim, bySecret } from '../../support/operators.ts';
import { configured } from '../../support/other-environments.ts';
import { perform, ROLE_TABLE } from '../../support/role-table.ts';
import { until } from '../../support/wait.ts';

let made = 0;
/** A subject that no other test has. */
const somebody = (): string => {
  made += 1;
  return `sub|${made}`;
};

const nameOf = (path: string): string => path.replace('/v1/apps/', '');

/** A document of somebody else, which the subject may administer. */
const shared = async (subject: string): Promise<{ path: string; headers: Headings; apps: Record<string, string> }> => {
  const { path } = await changedDocument();
  const apps = { [nameOf(path)]: 'admin' };
  return { path, apps, headers: await issued(subject, apps) };
};

const offered = ({ Authorization = '' }: Headings): Headings => ({
  'Sec-WebSocket-Protocol': 'changebucket.v1',
  Authorization,
});

/** The version that a frame leads to; 0 for what has none. */
const versionOf = (heard: Heard): number => {
  if (heard.type === 'patch') return heard.to;
  return heard.type === 'state' ? heard.version : 0;
};

/** Reads a stream to its end; one that has not read in time is cut instead of told the reason. */
const versionsOf = async (streamed: Events): Promise<number[]> => {
  const versions: number[] = [];
  const next = () => streamed.next().catch(() => undefined);
  for (let event = await next(); event !== undefined; event = await next())
    versions.push(Number(/\d+$/.exec(event.id ?? '')?.[0] ?? 0));
  return versions;
};

const closedWith = async (line: Line): Promise<number> => (await line.next('closed')).code;

describe('[A13] a revocation', () => {
  it('ends sockets, hibernated ones too, streams and long-polls', async () => {
    const subject = somebody();
    const [one, idle] = [await shared(subject), await shared(subject)];
    const socket = await connect(nameOf(one.path), { headers: offered(one.headers) });
    await socket.next('authorized');
    const sleeping = await connect(nameOf(idle.path), { headers: offered(idle.headers) });
    await sleeping.next('authorized');
    sleeping.send({ type: 'subscribe' });
    await sleeping.next('state');
    await hibernate(idle.path);
    const guest = await connect(nameOf(one.path), { headers: { 'Sec-WebSocket-Protocol': 'changebucket.v1' } });
    guest.send({ type: 'auth', token: String(one.headers['Authorization']).slice('Bearer '.length) });
    await guest.next('authorized');
    const streamed = await fetchStream(one);
    await streamed.next();
    const { etag } = (await request(one.path, { headers: one.headers })).body;
    const polled = request(`${one.path}/state`, {
      headers: { ...one.headers, 'If-None-Match': etag, Prefer: 'wait=20' },
    });
    // Until it waits.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const answer = await revoke(subject);
    expect(answer.body).toEqual({ subject, before: expect.any(Number), notified: 2, pending: 0 });
    expect(await Promise.all([socket, sleeping, guest].map(closedWith))).toEqual([4401, 4401, 4401]);
    expect(await streamed.next()).toMatchObject({ event: 'end', data: { reason: 'token' } });
    expect(problemsIn(await polled, 401, 'unauthorized')).toEqual([]);
  });

  it('has ended them when it is answered: nothing that is accepted after that is delivered, and nothing after the end', async () => {
    const subject = somebody();
    const { path, headers, apps } = await shared(subject);
    const [revoked, other] = await Promise.all(
      [headers, await issued(somebody(), apps)].map((each) => connect(nameOf(path), { headers: offered(each) })),
    );
    for (const line of [revoked, other] as Line[]) {
      line.send({ type: 'subscribe' });
      await line.next('state');
    }
    const streamed = await fetchStream({ path, headers });
    const followed = versionsOf(streamed);
    const writer = new Api(nameOf(path));
    const WAIT = { Prefer: 'wait=5' };
    // Accepted before it, and beside it.
    await writer.merge('busy', 1, { n: 1 }, WAIT);
    await (revoked as Line).next('state', 'patch');
    const beside = [2, 3, 4].map((n) => writer.merge(`busy-${n}`, 1, { n }));
    await Promise.all([...beside, revoke(subject)]);
    const { version } = (await writer.merge('busy', 2, { n: 'after' }, WAIT)).body;
    // Whoever is left is told.
    while (versionOf(await (other as Line).next('state', 'patch')) < version);
    const heard: Heard[] = [];
    await until(() => heard.push(...(revoked as Line).rest()) > 0 && heard.some(({ type }) => type === 'closed'));
    expect(heard.at(-1)).toMatchObject({ type: 'closed', code: 4401 });
    expect(heard.filter((frame) => versionOf(frame) >= version)).toEqual([]);
    const versions = await followed;
    expect(versions.length).toBeGreaterThan(0);
    expect(versions.filter((each) => each >= version)).toEqual([]);
  });

  it('ends a socket that was opened before its application existed', async () => {
    const subject = somebody();
    const name = `${encodeURIComponent(subject)}/made-by-a-push`;
    const line = await connect(name, { headers: offered(await issued(subject)) });
    await line.next('authorized');
    line.send({ type: 'push', client: 'c1', n: 1, name: 'merge', args: { a: 1 } });
    await line.next('receipts', 'outcomes');
    await revoke(subject);
    expect(await closedWith(line)).toBe(4401);
  });

  it('during a read leaves nothing behind that the old token could be answered from [S13]', async () => {
    const subject = somebody();
    const { path } = await shared(subject);
    const issuedAt = nowSeconds() - 5;
    const pass = printPass({ role: 'admin', issuedAt, expires: nowSeconds() + 600 });
    await runInDurableObject(stubOf(path), async (instance: unknown) => {
      const application = instance as ApplicationObject;
      const message = packRead({ known: [], delta: 'none', drain: 'no' });
      const generationFor = async (user: string): Promise<number | undefined> => {
        const answer = unpackReadAnswer(await application.read(message, user, pass));
        return answer.kind === 'refused' ? undefined : answer.generation;
      };
      expect(await generationFor(subject)).toBeGreaterThan(0);
      const during = generationFor(subject);
      await application.revoke(subject, nowSeconds());
      expect(await during).not.toBe(await generationFor('alice'));
    });
  });

  // These two are refused for what they lack before the application is asked.
  const asked = ROLE_TABLE.filter(([, rest]) => rest !== '/fork' && rest !== '/diff');
  it.each(asked)('%s …%s is 401 by an old token, and as before by a new one', async (...row) => {
    const subject = somebody();
    const { path, headers, apps } = await shared(subject);
    await request(`${path}/state`, { headers });
    await revoke(subject);
    // The handshake that has no upgrade is answered before.
    if (row[1] !== '/socket') {
      const refused = await perform(path, row as (typeof ROLE_TABLE)[number], headers);
      expect(problemsIn(refused, 401, 'unauthorized')).toEqual([]);
    } else {
      expect((await shake(nameOf(path), { headers: offered(headers) })).status).toBe(401);
    }
    const renewed = await issued(subject, apps, nowSeconds());
    expect((await perform(path, row as (typeof ROLE_TABLE)[number], renewed)).status).toBe(row[3]);
  });

  it('holds for what no application answers, and for operators', async () => {
    const subject = somebody();
    await revoke(subject);
    const headers = await issued(subject);
    for (const path of [`/v1/apps/${encodeURIComponent(subject)}`, '/v1/shared'])
      expect(problemsIn(await request(path, { headers }), 401, 'unauthorized')).toEqual([]);
    const again = await request(`/v1/subjects/${encodeURIComponent(subject)}/revoke`, { method: 'POST', headers });
    expect(problemsIn(again, 401, 'unauthorized')).toEqual([]);
    await revoke('oscar');
    const { path } = await changedDocument();
    for (const route of ['/v1/audit', '/v1/apps', path])
      expect(
        problemsIn(await askOperated(route, { headers: await byClaim(true, 'oscar') }), 401, 'unauthorized'),
      ).toEqual([]);
  });

  it('holds in an application that was evicted, and in one that does not exist', async () => {
    const subject = somebody();
    const { path, headers } = await shared(subject);
    await request(`${path}/state`, { headers });
    await evict(path);
    await revoke(subject);
    await evict(path);
    expect(problemsIn(await request(`${path}/state`, { headers }), 401, 'unauthorized')).toEqual([]);
    const missing = `/v1/apps/${encodeURIComponent(subject)}/new`;
    const init = {
      method: 'PUT',
      body: '{"name":"merge"}',
      headers: { ...headers, 'Content-Type': 'application/json' },
    };
    expect(problemsIn(await request(`${missing}/changes/c/1`, init), 401, 'unauthorized')).toEqual([]);
    const owner = await issued(subject, {}, nowSeconds());
    expect((await request(missing, { headers: owner })).status).toBe(404);
  });

  it('leaves other subjects alone, and counts a token without iat as old', async () => {
    const [subject, other] = [somebody(), somebody()];
    const { path, apps, headers } = await shared(subject);
    const theirs = await issued(other, apps);
    const line = await connect(nameOf(path), { headers: offered(theirs) });
    await request(path, { headers });
    await revoke(subject);
    expect((await request(path, { headers: theirs })).status).toBe(200);
    expect(line.rest().map(({ type }) => type)).not.toContain('closed');
    const ageless = (await shake(nameOf(path), { subject, apps })).status;
    expect([ageless, (await shake(nameOf(path), { subject: other, apps })).status]).toEqual([401, 101]);
  });

  it('a token that is used for the first time while it is revoked is let in nowhere afterwards', async () => {
    const subject = somebody();
    const all = await Promise.all(Array.from({ length: 12 }, () => shared(subject)));
    const before = nowSeconds();
    const uses = all.map(async ({ path, headers }, index) => {
      await new Promise((resolve) => setTimeout(resolve, index % 4));
      return connect(nameOf(path), { headers: offered(headers) }).catch(() => undefined);
    });
    await new Promise((resolve) => setTimeout(resolve, 2));
    await revoke(subject, before);
    const lines = (await Promise.all(uses)).filter((line) => line !== undefined);
    expect(await Promise.all(lines.map(closedWith))).toEqual(lines.map(() => 4401));
    const answers = await Promise.all(all.map(({ path, headers }) => request(path, { headers })));
    expect(answers.map(({ status }) => status)).toEqual(all.map(() => 401));
  });

  it('[S13] holds for answers of a bounded age, while others keep them fresh', async () => {
    const [subject, other] = [somebody(), somebody()];
    const { path, apps, headers } = await shared(subject);
    const LONG = { Prefer: 'max-stale=10000' };
    const theirs = await issued(other, apps);
    const poll = async (who: Headings): Promise<number> =>
      (await request(`${path}/state`, { headers: { ...who, ...LONG } })).status;
    expect([await poll(headers), await poll(theirs), await poll(headers)]).toEqual([200, 200, 200]);
    await revoke(subject);
    await until(async () => {
      await poll(theirs);
      return (await poll(headers)) === 401;
    });
  });

  it('is for the subject itself and for operators, whose act is in the audit log', async () => {
    const subject = somebody();
    const path = `/v1/subjects/${encodeURIComponent(subject)}/revoke`;
    const mallory = await request(path, { method: 'POST', headers: await issued('mallory', { 'alice/*': 'admin' }) });
    expect(problemsIn(mallory, 403, 'forbidden')).toEqual([]);
    expect(mallory.body.needed).toBe('operator');
    const asked = nowSeconds();
    const own = await request(path, { method: 'POST', headers: await issued(subject) });
    expect(own.body.before).toBeGreaterThanOrEqual(asked);
    const far = await request(`${path}?before=${nowSeconds() + 3_600}`, {
      method: 'POST',
      headers: await issued(subject, {}, nowSeconds() + 4),
    });
    expect(problemsIn(far, 400, 'invalid-query')).toEqual([]);
    expect((await askOperated(path, { method: 'POST', headers: bySecret })).status).toBe(200);
    const acts = (await audited()).filter(({ target }) => target === encodeURIComponent(subject));
    expect(acts).toMatchObject([{ what: 'revoke', outcome: 200, actor: { secret: 'OPERATOR_TOKEN' } }]);
  });

  it('never goes back to an earlier time', async () => {
    const subject = somebody();
    const now = nowSeconds();
    await revoke(subject, now);
    expect((await revoke(subject, now - 100, now + 10)).body.before).toBe(now);
  });

  it('is told again to an application that did not answer, until it did or cannot matter any more', async () => {
    const told: string[] = [];
    const directory = configured.DIRECTORY.getByName(encodeURIComponent(somebody()));
    await runInDurableObject(directory, async (_: unknown, { storage }: DurableObjectState) => {
      const uses = new SubjectUses(storage.sql);
      const lasts = Date.now() + 100_000;
      for (const application of ['a/1', 'a/2']) uses.add({ application, role: 'reader', until: lasts });
      uses.add({ application: 'a/gone', role: 'reader', until: Date.now() - 100_000 });
      let alarms = 0;
      const revocation = new Revocation({
        uses,
        subject: () => 'x',
        notify: async (application) => {
          if (application === 'a/1' && alarms < 2) throw new Error('a fault that a test injected');
          told.push(application);
        },
        setAlarm: () => {
          alarms += 1;
        },
      });
      expect(await revocation.revoke(100)).toEqual({ before: 100, notified: 1, pending: 1 });
      expect([told, alarms, uses.retryAt]).toEqual([['a/2'], 2, expect.any(Number)]);
      await revocation.onAlarm();
      expect([told, uses.retryAt]).toEqual([['a/2', 'a/1'], undefined]);
      await revocation.onAlarm();
      expect(told).toHaveLength(2);
      // Nothing is told again of what all know.
      for (const before of [100, 99])
        expect(await revocation.revoke(before)).toEqual({ before: 100, notified: 0, pending: 0 });
      expect([told.length, alarms, uses.retryAt]).toEqual([2, 2, undefined]);
      expect(await revocation.revoke(101)).toEqual({ before: 101, notified: 2, pending: 0 });
    });
  });
});

const fetchStream = async ({ path, headers }: { path: string; headers: Headings }): Promise<Events> => {
  const response = await fetchWorker(`https://changebucket.test${path}/state`, {
    headers: { ...headers, Accept: 'text/event-stream' },
  });
  return new Events(response.body as ReadableStream<Uint8Array>);
};

describe('[A12] admission', () => {
  it('costs a row on the first use of a day, and nothing afterwards, whatever the token', async () => {
    const subject = somebody();
    const { path, apps, headers } = await shared(subject);
    const admin = await issued('alice');
    const written = async (): Promise<number> => (await request(path, { headers: admin })).body.cost.rowsWritten;
    await alarmsDone(path);
    await written();
    const before = await written();
    await request(`${path}/state`, { headers });
    const first = await written();
    expect(first - before).toBe(1);
    for (let n = 0; n < 5; n += 1)
      await request(`${path}/state`, { headers: await issued(subject, apps, nowSeconds() - n) });
    expect(await written()).toBe(first);
    await evict(path);
    const start = await written();
    await request(`${path}/state`, { headers });
    expect((await written()) - start).toBe(0);
  });
});

describe('[A14] shared with me', () => {
  it('lists the applications of others that were used, with the role of the last use, in pages', async () => {
    const subject = somebody();
    const [one, two] = [await shared(subject), await shared(subject)];
    const own = `/v1/apps/${encodeURIComponent(subject)}/mine`;
    const create = { method: 'PUT', body: '{"kind":"document"}' };
    await request(own, { ...create, headers: { ...one.headers, 'Content-Type': 'application/json' } });
    for (const { path, headers } of [one, two]) await request(`${path}/state`, { headers });
    await request(`${own}/state`, { headers: one.headers });
    const list = async (query = ''): Promise<any> =>
      (await request(`/v1/shared${query}`, { headers: one.headers })).body;
    const names = [one, two].map(({ path }) => nameOf(path)).sort();
    expect((await list()).applications.map(({ application }: { application: string }) => application)).toEqual(names);
    expect((await list()).applications[0]).toMatchObject({ role: 'admin', usedAt: expect.any(Number) });
    const page = await list('?limit=1');
    expect([page.applications.length, page.next]).toEqual([1, names[0]]);
    expect((await list(`?after=${encodeURIComponent(page.next)}`)).applications[0].application).toBe(names[1]);
    expect((await request('/v1/shared', { headers: await issued(somebody()) })).body).toEqual({ applications: [] });
    for (const after of ['a', 'a/b/c', 'a/', '/b'])
      expect(problemName(await request(`/v1/shared?after=${after}`, { headers: one.headers }))).toBe('invalid-query');
  });
});
