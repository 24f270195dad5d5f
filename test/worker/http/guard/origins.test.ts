import { describe, expect, it } from 'vitest';
import { type Answer, bearer, changedDocument, type Headings, problemsIn } from '../../../support/api.ts';
import { askIn } from '../../../support/other-environments.ts';
import { JSON_BODY, MERGE } from '../../../support/request-bodies.ts';
import { concretePath, ROLE_TABLE } from '../../../support/role-table.ts';

describe('[A8] other origins', () => {
  const ORIGINS = { CORS_ORIGINS: 'https://app.example.com, https://other.example:8443,null,' };
  const FOREIGN = [
    'https://evil.test',
    'https://app.example.com.evil.test',
    'https://evilapp.example.com',
    'https://sub.app.example.com',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://other.example',
    'https://APP.example.com',
    'https://app.example.com/',
    'https://app.example.com, https://other.example:8443',
    'https://app.example.com@evil.test',
    'null',
    '*',
    '',
    'http://localhost:5173',
  ];
  const cors = (answer: Answer): string[] =>
    [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'));
  const varies = (answer: Answer): string[] => (answer.headers.get('Vary') ?? '').split(', ');

  it.each(['https://app.example.com', 'https://other.example:8443'])('%s is on the list', async (Origin) => {
    const { path } = await changedDocument();
    const token = await bearer('alice');
    const preflight = await askIn(ORIGINS, `${path}/changes/c1/2`, {
      method: 'OPTIONS',
      headers: { Origin, 'Access-Control-Request-Method': 'PUT', 'Access-Control-Request-Headers': 'authorization' },
    });
    expect([preflight.status, preflight.text]).toEqual([204, '']);
    expect(preflight.headers.get('Access-Control-Allow-Origin')).toBe(Origin);
    expect(preflight.headers.get('Access-Control-Allow-Methods')).toBe('GET, HEAD, PUT, POST, DELETE');
    expect(Number(preflight.headers.get('Access-Control-Max-Age'))).toBeGreaterThan(0);
    const allowed = (preflight.headers.get('Access-Control-Allow-Headers') ?? '').toLowerCase().split(', ');
    const parsed = ['authorization', 'content-type', 'if-match', 'if-none-match', 'a-im', 'prefer', 'min-version'];
    expect(allowed).toEqual(expect.arrayContaining([...parsed, 'idempotency-key']));

    const asked = { method: 'OPTIONS', headers: { Origin, 'Access-Control-Request-Method': 'GET' } };
    const metrics = [
      await askIn(ORIGINS, '/metrics', asked),
      await askIn(ORIGINS, '/metrics', { headers: { Origin } }),
    ];
    expect(metrics.map(({ status }) => status)).toEqual([204, 401]);
    for (const answer of metrics) expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(Origin);

    const headers = { ...token, ...JSON_BODY, Origin };
    const pushed = await askIn(ORIGINS, `${path}/changes/c1/2`, { method: 'PUT', body: MERGE, headers });
    const read = await askIn(ORIGINS, `${path}/state`, { headers });
    const refused = await askIn(ORIGINS, `${path}/state`, { headers: { Origin } });
    const lost = await askIn(ORIGINS, '/v1/nothing', { headers });
    const failed = await askIn(ORIGINS, `${path}/changes/c1/9`, { method: 'PUT', body: '', headers });
    expect([pushed, read, refused, lost, failed].map(({ status }) => status)).toEqual([202, 200, 401, 404, 400]);
    for (const answer of [preflight, pushed, read, refused, lost, failed]) {
      expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(Origin);
      expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull();
      // No cache stores a receipt, so it needs no Vary.
      expect(varies(answer).slice(0, 2)).toEqual(answer === pushed ? [''] : ['Authorization', 'Origin']);
    }
  });

  it('scripts may read every header that answers have', async () => {
    const api = await changedDocument();
    const headers = { ...(await bearer('alice')), ...JSON_BODY, Origin: 'https://app.example.com' };
    await api.merge('c1', 2, { long: 'x'.repeat(500) }, { Prefer: 'wait=5' });
    const ask = (rest: string, init: RequestInit = {}, more: Headings = {}): Promise<Answer> =>
      askIn(ORIGINS, api.path + rest, { ...init, headers: { ...headers, ...more } });
    const first = await ask('/state');
    const etag = first.headers.get('ETag') as string;
    const put = { method: 'PUT', body: MERGE };
    const answers = [
      first,
      await ask('/changes/c1/3', put, { Prefer: 'wait=5, return=representation' }),
      await ask('/changes/c1/4', put, { Prefer: 'return=minimal' }),
      await ask('/state', {}, { 'If-None-Match': etag, 'A-IM': 'json-patch', Prefer: 'drain' }),
      await ask('/state', {}, { 'Min-Version': '99' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 204, 226, 503]);
    const exposed = (first.headers.get('Access-Control-Expose-Headers') ?? '').toLowerCase().split(', ');
    // Headers that every script may read, and those that only browsers and caches use.
    const others = ['cache-control', 'content-type', 'content-length', 'vary', 'x-content-type-options'];
    for (const answer of answers) {
      const hidden = [...answer.headers.keys()].filter((name) => ![...exposed, ...others].includes(name));
      expect(hidden.filter((name) => !name.startsWith('access-control-'))).toEqual([]);
    }
  });

  it.each(FOREIGN)('%j is not', async (Origin) => {
    const api = await changedDocument();
    const headers = { ...(await bearer('alice')), ...JSON_BODY, Origin };
    for (const environment of [ORIGINS, {}]) {
      const preflight = await askIn(environment, `${api.path}/changes/c1/2`, {
        method: 'OPTIONS',
        headers: { Origin, 'Access-Control-Request-Method': 'PUT' },
      });
      const read = await askIn(environment, `${api.path}/state`, { headers });
      expect([preflight.status, read.status]).toEqual([204, 200]);
      const unsafe: Answer[] = [];
      for (const row of ROLE_TABLE.filter(([method]) => method !== 'GET')) {
        const [method, rest, , , body, type = 'application/json'] = row;
        const content = body === undefined ? {} : { body };
        unsafe.push(
          await askIn(environment, api.path + concretePath(rest), {
            method,
            ...content,
            headers: { ...headers, 'Content-Type': type },
          }),
        );
      }
      for (const answer of unsafe) expect(problemsIn(answer, 403, 'forbidden-origin')).toEqual([]);
      for (const answer of [preflight, read, ...unsafe]) {
        expect(cors(answer)).toEqual([]);
        // What a state's answer depends on besides is none of the origin's business.
        expect(varies(answer).slice(0, 2)).toEqual(['Authorization', 'Origin']);
      }
    }
    expect(await api.drained()).toEqual({ a: 1 });
    expect((await api.merge('c1', 2, { right: true })).body.seq).toBe(2);
  });

  it('the origin is judged before the token', async () => {
    const { path } = await changedDocument();
    const answer = await askIn({}, `${path}/changes`, { method: 'POST', headers: { Origin: 'https://evil.test' } });
    expect(problemsIn(answer, 403, 'forbidden-origin')).toEqual([]);
  });

  it('pages of the deployment itself and programs need no list', async () => {
    const api = await changedDocument();
    const put = { method: 'PUT', body: MERGE };
    const token = { ...(await bearer('alice')), ...JSON_BODY };
    const own = { headers: { ...token, Origin: 'https://changebucket.test' }, ...put };
    const answer = await askIn({}, `${api.path}/changes/c1/2`, own);
    expect([answer.status, cors(answer)]).toEqual([202, []]);
    expect((await askIn({}, `${api.path}/changes/c1/3`, { ...put, headers: token })).status).toBe(202);
  });

  const open = { CHANGEBUCKET_OPEN: 'loopback' };
  it.each(['http://localhost:5173', 'http://127.0.0.1:3000', 'http://[::1]:3000', 'https://app.localhost'])(
    'under open access %s may call',
    async (Origin) => {
      const { path } = await changedDocument();
      const init = { method: 'PUT', body: MERGE, headers: { ...JSON_BODY, Origin } };
      const answer = await askIn(open, `http://localhost:8787${path}/changes/open/1`, init);
      expect([answer.status, answer.headers.get('Access-Control-Allow-Origin')]).toEqual([202, Origin]);
    },
  );

  it.each([
    'https://evil.test',
    'http://localhost.evil.test',
    'http://127.0.0.1.evil.test',
    'null',
    '',
    'file://',
    'http://[::2]',
  ])('under open access %j may not', async (Origin) => {
    const api = await changedDocument();
    const init = { method: 'PUT', body: MERGE, headers: { ...JSON_BODY, Origin } };
    const answer = await askIn(open, `http://localhost:8787${api.path}/changes/open/1`, init);
    expect(problemsIn(answer, 403, 'forbidden-origin')).toEqual([]);
    const read = await askIn(open, `http://localhost:8787${api.path}/state`, { headers: { Origin } });
    expect(cors(read)).toEqual([]);
    expect(await api.drained()).toEqual({ a: 1 });
  });
});
