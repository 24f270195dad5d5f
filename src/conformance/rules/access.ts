import { expectEqual, expectProblem, expectStatus, expectThat } from '../probing/expectations.ts';
import type { Rules } from '../probing/rule.ts';
import { NotTestable } from '../probing/violation.ts';

const PUSH = { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: '{"name":"merge","args":{}}' };

export const ACCESS: Rules = {
  A1: async (probe) => {
    probe.needTokens();
    const app = await probe.createApplication();
    const [header = '', claims = '', signature = ''] = (probe.target.token ?? '').split('.');
    const unsigned = `${btoa('{"alg":"none"}').replace(/=/g, '')}.${claims}.`;
    const other = `${header}.${claims}.${[...signature].reverse().join('')}`;
    for (const token of [null, 'x', 'a.b.c', unsigned, other]) {
      const answer = expectProblem(await app.ask('/state', { token }), 401, 'unauthorized');
      expectThat(answer.headers.get('WWW-Authenticate')?.startsWith('Bearer') === true, 'WWW-Authenticate is missing.');
    }
  },
  A2: async (probe) => {
    const app = await probe.createApplication();
    const byOwner = { [`${probe.target.owner}/*`]: 'writer' } as const;
    const reader = app.as(await probe.tokenFor({ subject: 'conformance-reader', apps: { [app.name]: 'reader' } }));
    const writer = app.as(await probe.tokenFor({ subject: 'conformance-writer', apps: byOwner }));
    expectStatus(await reader.state(), 200);
    expectStatus(await writer.merge(1, {}), 202);
    const both = { ...byOwner, [app.name]: 'reader' } as const;
    const higher = app.as(await probe.tokenFor({ subject: 'conformance-writer', apps: both }));
    expectStatus(await higher.merge(2, {}), 202);
  },
  A3: async (probe) => {
    const [app, missing] = [await probe.createApplication(), probe.newApplication()];
    const token = await probe.tokenFor({ subject: 'conformance-stranger' });
    const answers = await Promise.all([app, missing].map((each) => each.as(token).state()));
    const [one, other] = answers.map((answer) => expectProblem(answer, 404, 'unknown-application'));
    expectEqual(one?.json, other?.json, 'what a stranger is told');
  },
  A4: async (probe) => {
    const app = await probe.createApplication();
    const reader = app.as(await probe.tokenFor({ subject: 'conformance-reader', apps: { [app.name]: 'reader' } }));
    const writer = app.as(await probe.tokenFor({ subject: 'conformance-writer', apps: { [app.name]: 'writer' } }));
    expectEqual(expectProblem(await reader.merge(1, {}), 403, 'forbidden').members['needed'], 'writer', 'the role');
    const deletion = await writer.ask('', { method: 'DELETE' });
    expectEqual(expectProblem(deletion, 403, 'forbidden').members['needed'], 'admin', 'the role');
    expectProblem(await reader.get('/export'), 403, 'forbidden');
  },
  A5: 'needs a deployment whose settings are missing',
  A6: async (probe) => {
    if (!probe.facilities.isOpen) throw new NotTestable('the deployment is not open');
    const app = await probe.createApplication();
    for (const name of ['Forwarded', 'Via', 'X-Forwarded-For'])
      expectProblem(
        await app.ask('/state', { token: null, headers: { [name]: 'for=192.0.2.1' } }),
        401,
        'unauthorized',
      );
  },
  A7: async (probe) => {
    const app = await probe.createApplication();
    for (const name of ['token', 'access_token', 'jwt'])
      expectProblem(await app.state({}, `?${name}=x`), 400, 'token-in-url');
  },
  A8: async (probe) => {
    const app = await probe.createApplication();
    const Origin = 'https://foreign.example';
    const write = { ...PUSH, headers: { ...PUSH.headers, Origin } };
    expectProblem(await app.ask('/changes/c/1', write), 403, 'forbidden-origin');
    const read = await app.get('/state', { Origin });
    expectThat(!read.headers.has('Access-Control-Allow-Origin'), 'A foreign origin may read.');
    const preflight = await app.ask('/state', {
      method: 'OPTIONS',
      token: null,
      headers: { Origin, 'Access-Control-Request-Method': 'PUT' },
    });
    expectThat(!preflight.headers.has('Access-Control-Allow-Origin'), 'A preflight allows a foreign origin.');
  },
  A9: 'needs more requests than the deployment allows',
  A10: async (probe) => {
    probe.needTokens();
    const owners = await probe.ask('/v1/apps');
    if (owners.status === 200) throw new NotTestable('the token is that of an operator');
    expectProblem(owners, 403, 'forbidden');
    expectProblem(await probe.ask('/v1/audit'), 403, 'forbidden');
  },
  A11: async (probe) => {
    // A subject of this run alone, whose log has nothing else.
    const subject = probe.newApplication().name.replace('/', '-');
    const token = await probe.tokenFor({ subject: 'conformance-operator', operator: true });
    const act = await probe.ask(`/v1/subjects/${subject}/revoke?before=1`, { method: 'POST', token });
    expectStatus(act, 200);
    expectStatus(await probe.ask('/v1/audit?limit=1', { token }), 200);
    const log = await probe.ask(`/v1/subjects/${subject}/audit`, { token });
    const [entry] = log.members['entries'] as Record<string, unknown>[];
    const logged = [entry?.['what'], entry?.['target'], entry?.['outcome'], entry?.['request']];
    const done = ['revoke', subject, 200, act.headers.get('Changebucket-Request')];
    expectEqual(JSON.stringify(logged), JSON.stringify(done), 'what the log of an owner says of an act');
    expectEqual(JSON.stringify(entry?.['actor']), '{"operator":true}', 'who it was');
  },
  A12: 'needs the count of calls and rows of a first request',
  A13: async (probe) => {
    const app = await probe.createApplication();
    // A subject of this run alone: nobody else's tokens end.
    const subject = `conformance-${app.name.split('/')[1]}`;
    const token = await probe.tokenFor({ subject, apps: { [app.name]: 'reader' } });
    const reader = app.as(token);
    expectStatus(await reader.state(), 200);
    const path = `/v1/subjects/${subject}/revoke`;
    expectProblem(await probe.ask(path, { method: 'POST' }), 403, 'forbidden');
    expectStatus(await probe.ask(path, { method: 'POST', token }), 200);
    expectProblem(await reader.state(), 401, 'unauthorized');
    expectStatus(await app.state(), 200);
  },
  A14: async (probe) => {
    const app = await probe.createApplication();
    const subject = `conformance-${app.name.split('/')[1]}`;
    const token = await probe.tokenFor({ subject, apps: { [app.name]: 'reader' } });
    expectStatus(await app.as(token).state(), 200);
    const shared = expectStatus(await probe.ask('/v1/shared', { token }), 200).list('applications');
    expectEqual(
      shared.map(({ application, role }) => [application, role]),
      [[app.name, 'reader']],
      'the applications of others',
    );
  },
  A15: async (probe) => {
    probe.needTokens();
    const app = await probe.createApplication();
    expectStatus(await app.ask('/public', { method: 'PUT' }), 204);
    expectStatus(await app.ask('/state', { token: null }), 200);
    expectProblem(await app.ask('/changes/c/1', { ...PUSH, token: null }), 401, 'unauthorized');
    expectStatus(await app.ask('/public', { method: 'DELETE' }), 204);
    expectProblem(await app.ask('/state', { token: null }), 401, 'unauthorized');
  },
};
