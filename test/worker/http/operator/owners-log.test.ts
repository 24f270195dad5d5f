import { describe, expect, it } from 'vitest';
import { Api, bearer, type Headings, problemsIn, request } from '../../../support/api.ts';
import { askOperated, audited, bySecret } from '../../../support/operators.ts';
import { askIn } from '../../../support/other-environments.ts';

const NDJSON = { 'Content-Type': 'application/x-ndjson' };

/** An application of a new owner, with one change. */
const owned = async (): Promise<{ readonly owner: string; readonly api: Api }> => {
  const owner = `owner-${crypto.randomUUID()}`;
  const api = new Api(`${owner}/app`);
  await api.create('document');
  await api.merge('c', 1, { a: 1 }, { Prefer: 'wait=5' });
  return { owner, api };
};

/** As an operator reads it: in some tests the owner's tokens are revoked. */
const logOf = async (owner: string): Promise<any[]> =>
  (await askOperated(`/v1/subjects/${owner}/audit`, { headers: bySecret })).body.entries;

/** Does each act with the applications of the owner, by a way to send. @returns what was done, with its status */
const doAll = async (
  owner: string,
  backup: string,
  send: (method: string, path: string, body?: string, headers?: Headings) => Promise<{ status: number }>,
): Promise<unknown[]> => {
  const [json, app] = [{ 'Content-Type': 'application/json' }, `/v1/apps/${owner}/app`];
  const acts: [what: string, method: string, path: string, body?: string, headers?: Headings][] = [
    ['import', 'PUT', `${app}/import`, backup, NDJSON],
    ['restore', 'POST', `${app}/restore`, '{"version":1}', json],
    ['fork', 'POST', `${app}/fork`, JSON.stringify({ to: `${owner}/copy` }), json],
    ['delete', 'DELETE', app],
    ['undelete', 'POST', `${app}/undelete`],
    ['purge', 'POST', `${app}/purge`],
  ];
  const done: unknown[] = [];
  for (const [what, method, path, body, headers] of acts) {
    const { status } = await send(method, path, body, headers);
    done.push({ what, target: `${owner}/${what === 'fork' ? 'copy' : 'app'}`, outcome: status });
  }
  return done;
};

const SUCCESSES = [200, 200, 201, 204, 200, 204];

describe("[A11] an owner's audit log has what is done with the applications", () => {
  const asOwner =
    (subject: string, owner: string) => async (method: string, path: string, body?: string, h?: Headings) => {
      const sender = new Api(
        path.replace('/v1/apps/', ''),
        subject,
        subject === owner ? {} : { [`${owner}/*`]: 'admin' },
      );
      return sender.call(method, '', body, h);
    };

  it.each(['the owner', 'helper'])('by %s', async (who) => {
    const { owner, api } = await owned();
    const subject = who === 'helper' ? 'helper' : owner;
    const backup = (await api.call('GET', '/export')).text;
    const done = await doAll(owner, backup, asOwner(subject, owner));
    expect(done.map((each) => (each as { outcome: number }).outcome)).toEqual(SUCCESSES);
    const actor = { subject };
    expect(await logOf(owner)).toMatchObject(done.map((each) => ({ ...(each as object), actor })));
  });

  it('by an operator, who is named in the log of operators alone', async () => {
    const { owner, api } = await owned();
    const backup = (await api.call('GET', '/export')).text;
    const done = await doAll(owner, backup, (method, path, body, headers) =>
      askOperated(path, { method, body: body ?? null, headers: { ...headers, ...bySecret } }),
    );
    expect(done.map((each) => (each as { outcome: number }).outcome)).toEqual(SUCCESSES);
    await askOperated(`/v1/subjects/${owner}/revoke?before=1`, { method: 'POST', headers: bySecret });
    const log = await logOf(owner);
    const all = [...done, { what: 'revoke', target: owner, outcome: 200 }];
    expect(log).toMatchObject(all.map((each) => ({ ...(each as object), actor: { operator: true } })));
    const requests = log.map(({ request: id }) => id);
    const ofOperators = (await audited()).filter(({ request: id }: { request: string }) => requests.includes(id));
    expect(ofOperators.length).toBe(all.length);
    for (const { actor } of ofOperators) expect(actor).toEqual({ secret: 'OPERATOR_TOKEN' });
  });

  it('also when they revoke their own tokens; a revoked one writes nothing there', async () => {
    const { owner, api } = await owned();
    const done = await request(`/v1/subjects/${owner}/revoke`, { method: 'POST', headers: await bearer(owner) });
    expect(done.status).toBe(200);
    expect(problemsIn(await api.call('DELETE', ''), 401, 'unauthorized')).toEqual([]);
    expect(await logOf(owner)).toMatchObject([
      { actor: { subject: owner }, what: 'revoke', target: owner, outcome: 200 },
    ]);
  });

  it('or the act is not done; when the status cannot be added, it is answered as it went', async () => {
    const { owner, api } = await owned();
    const down = async (): Promise<never> => Promise.reject(new Error('the log is down'));
    const deleted = async (log: object) => {
      const DIRECTORY = { idFromName: () => undefined, getByName: () => ({ revokedBefore: async () => 0, ...log }) };
      return askIn({ DIRECTORY: DIRECTORY as never }, api.path, { method: 'DELETE', headers: await bearer(owner) });
    };
    expect(problemsIn(await deleted({ beginAct: down }), 503, 'unavailable')).toEqual([]);
    expect((await api.state()).status).toBe(200);
    expect((await deleted({ beginAct: async () => 1, endAct: down })).status).toBe(204);
    expect((await api.state()).status).toBe(404);
  });

  it('and nothing of whoever may not do it, or asks wrongly', async () => {
    const { owner, api } = await owned();
    const writer = new Api(`${owner}/app`, 'writer', { [`${owner}/app`]: 'writer' });
    expect(problemsIn(await writer.call('DELETE', ''), 403, 'forbidden')).toEqual([]);
    const mallory = new Api(`${owner}/app`, 'mallory');
    expect((await mallory.call('POST', '/purge')).status).toBe(404);
    const fork = await writer.call('POST', '/fork', { to: `${owner}/stolen` });
    expect(problemsIn(fork, 404, 'unknown-application')).toEqual([]);
    expect(problemsIn(await api.call('DELETE', '?dryRun=true'), 400, 'invalid-query')).toEqual([]);
    expect(await logOf(owner)).toEqual([]);
  });
});
