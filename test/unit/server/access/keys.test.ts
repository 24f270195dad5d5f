import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { authenticate } from '../../../../src/server/access/authenticate.ts';
import {
  bearer,
  forge,
  inAnHour,
  keySet,
  type Provider,
  type Reply,
  type SigningKey,
  seconds,
  signingKey,
  startProvider,
  token,
} from './tokens.ts';

const [rsa, ec, ed, other] = await Promise.all([
  signingKey('RS256', 'rsa'),
  signingKey('ES256', 'ec'),
  signingKey('EdDSA', 'ed'),
  signingKey('ES256', 'other'),
]);

const providers: Provider[] = [];
const provide = async (...keys: readonly SigningKey[]): Promise<Provider> => {
  const provider = await startProvider(keys.map(({ jwk }) => jwk));
  providers.push(provider);
  return provider;
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const { fetch } = globalThis;
  // workerd has no such mode, and throws on it before anything is sent.
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    if (init?.redirect === 'error') throw new TypeError('Invalid redirect value');
    return fetch(input, init);
  });
});
afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await Promise.all(providers.splice(0).map((provider) => provider.close()));
});

const later = (s: number): unknown => vi.setSystemTime(Date.now() + s * 1_000);

/** `alice`, or the problem's name. */
const outcome = async (provider: Provider, jwt: string): Promise<string> => {
  const answer = await authenticate(bearer(jwt), provider.settings);
  return answer.kind === 'problem' ? answer.problem.name : answer.subject;
};

/** Each token is a new one: none is remembered. */
let made = 0;
const alice = (key: SigningKey, header: Record<string, unknown> = {}): Promise<string> => {
  made += 1;
  return key.sign({ sub: 'alice', exp: inAnHour(), jti: String(made) }, header);
};

describe('tokens of an identity provider', () => {
  it.each([
    ['RS256', rsa],
    ['ES256', ec],
    ['EdDSA', ed],
  ])('[A1] %s is valid, and the keys are fetched once', async (_, key) => {
    const provider = await provide(rsa, ec, ed);
    expect(await outcome(provider, await alice(key))).toBe('alice');
    expect(await outcome(provider, await alice(key))).toBe('alice');
    expect(provider.paths).toEqual(['/keys']);
  });

  it('[A1] 50 requests at a cold start fetch the keys once', async () => {
    const provider = await provide(ec);
    const tokens = await Promise.all(Array.from({ length: 50 }, () => alice(ec)));
    const outcomes = await Promise.all(tokens.map((jwt) => outcome(provider, jwt)));
    expect([new Set(outcomes), provider.paths.length]).toEqual([new Set(['alice']), 1]);
  });

  it('[A1] a fetch that was canceled with its request is made again', async () => {
    const provider = await provide(ec);
    vi.mocked(fetch).mockImplementationOnce(() => new Promise(() => undefined));
    void outcome(provider, await alice(ec));
    const waiting = Promise.all([outcome(provider, await alice(ec)), outcome(provider, await alice(ec))]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(provider.paths).toEqual([]);
    later(2);
    expect([await waiting, provider.paths.length]).toEqual([['alice', 'alice'], 1]);
  });

  it('[A1] requests that wait for keys that cannot be fetched are told so', async () => {
    const provider = await provide(ec);
    provider.reply = 'broken';
    const tokens = await Promise.all(Array.from({ length: 50 }, () => alice(ec)));
    const outcomes = await Promise.all(tokens.map((jwt) => outcome(provider, jwt)));
    expect([new Set(outcomes), provider.paths.length]).toEqual([new Set(['unavailable']), 1]);
  });

  it('[A1] a key need not be named when only one fits', async () => {
    const nameless = await signingKey('ES256');
    const jwt = await alice(nameless);
    expect(await outcome(await provide(rsa, nameless), jwt)).toBe('alice');
    const answer = await authenticate(bearer(jwt), (await provide(ec, nameless)).settings);
    expect(answer).toMatchObject({ problem: { name: 'unauthorized', detail: expect.stringContaining('kid') } });
  });

  it('[A1] one algorithm may be configured alone', async () => {
    const { settings } = await provide(rsa, ec);
    const only = { ...settings, algorithms: ['RS256'] };
    expect(await authenticate(bearer(await alice(rsa)), only)).toMatchObject({ kind: 'token' });
    expect(await authenticate(bearer(await alice(ec)), only)).toMatchObject({ problem: { name: 'unauthorized' } });
  });

  it.each([
    ['a secret algorithm, signed with the public key as text', (): string => confused(rsa.spki)],
    ['the same with the key as JSON', (): string => confused(JSON.stringify(rsa.jwk))],
    ['the same with the modulus', (): string => confused(Buffer.from(rsa.jwk.n ?? '', 'base64url'))],
    ['a secret of its own', (): string => token({ sub: 'alice', exp: inAnHour() })],
    ['no algorithm', (): string => forge({ alg: 'none', kid: 'rsa' }, { sub: 'alice', exp: inAnHour() })],
    ['an unknown key', (): Promise<string> => alice(other)],
    ['an unknown key under a known name', (): Promise<string> => alice(other, { kid: 'ec' })],
    ["another key's name", (): Promise<string> => alice(ec, { kid: 'rsa' })],
    ['a name that objects inherit', (): Promise<string> => alice(ec, { kid: '__proto__' })],
    ['a path for a name', (): Promise<string> => alice(ec, { kid: '../../keys' })],
    ['a list for a name', (): Promise<string> => alice(ec, { kid: ['ec'] })],
  ])('[A1] %s is refused', async (_, make) => {
    expect(await outcome(await provide(rsa, ec), await make())).toBe('unauthorized');
  });

  const confused = (secret: string | Uint8Array): string =>
    forge({ alg: 'HS256', kid: 'rsa' }, { sub: 'alice', exp: inAnHour() }, secret);

  it('[A1] keys that a token contains or points to are ignored', async () => {
    const provider = await provide(ec);
    const evil = await provide(other);
    for (const header of [
      { jku: evil.url },
      { jku: evil.url, kid: 'ec' },
      { x5u: evil.url },
      { jwk: other.jwk },
      { jwk: other.jwk, kid: 'ec' },
      { x5c: ['MIIB'] },
      { iss: evil.url },
    ]) {
      expect(await outcome(provider, await alice(other, header))).toBe('unauthorized');
    }
    expect(evil.paths).toEqual([]);
  });

  it('[A1] the same claims are required', async () => {
    const provider = await provide(ec);
    for (const claims of [{ sub: 'alice' }, { sub: 'alice', exp: seconds() - 60 }, { exp: inAnHour() }]) {
      expect(await outcome(provider, await ec.sign(claims))).toBe('unauthorized');
    }
  });

  it('[A1] a malformed token does not reach the provider', async () => {
    const provider = await provide(ec);
    expect(await authenticate('Bearer garbage', provider.settings)).toMatchObject({ kind: 'problem' });
    expect(provider.paths).toEqual([]);
  });
});

describe('rotation', () => {
  it('[A1] a new key is accepted at first use, a removed one is dropped', async () => {
    const provider = await provide(ec);
    expect(await outcome(provider, await alice(ec))).toBe('alice');
    provider.reply = keySet([other.jwk]);
    later(31);
    expect(await outcome(provider, await alice(other))).toBe('alice');
    expect(await outcome(provider, await alice(ec))).toBe('unauthorized');
    expect(provider.paths.length).toBe(2);
  });

  it('[A1] a removed key is dropped after ten minutes at the latest', async () => {
    const provider = await provide(ec);
    expect(await outcome(provider, await alice(ec))).toBe('alice');
    provider.reply = keySet([other.jwk]);
    later(599);
    expect(await outcome(provider, await alice(ec))).toBe('alice');
    later(1);
    expect(await outcome(provider, await alice(ec))).toBe('unauthorized');
  });

  it('[A1] forged key names cost the provider one request per half minute', async () => {
    const provider = await provide(ec);
    for (let each = 0; each < 20; each += 1) {
      expect(await outcome(provider, await alice(other, { kid: `k${each}` }))).toBe('unauthorized');
    }
    expect(provider.paths.length).toBe(1);
    later(30);
    const forged = await Promise.all(Array.from({ length: 20 }, (_, each) => alice(other, { kid: `k${each}` })));
    const outcomes = await Promise.all(forged.map((jwt) => outcome(provider, jwt)));
    expect(new Set(outcomes)).toEqual(new Set(['unauthorized']));
    expect(provider.paths.length).toBe(2);
    expect(await outcome(provider, await alice(ec))).toBe('alice');
  });
});

describe('a failing provider', () => {
  it.each<[string, Reply]>([
    ['closes the connection', 'broken'],
    ['answers 500', { status: 500, body: '{}' }],
    ['answers 404', { status: 404 }],
    ['answers 204', { status: 204 }],
    ['redirects', { status: 302, location: '/elsewhere' }],
    ['sends nothing', { body: '' }],
    ['sends HTML', { body: '<html>' }],
    ['sends null', { body: 'null' }],
    ['sends a list', { body: '[]' }],
    ['sends no keys', { body: '{}' }],
    ['sends keys that are not a list', { body: '{"keys":{}}' }],
    ['sends keys that are no objects', { body: '{"keys":[null]}' }],
    ['sends too much', { body: `{"keys":[],"pad":"${'p'.repeat(256 * 1024)}"}` }],
  ])('[A1] [E3] that %s is not the fault of the token', async (_, reply) => {
    const provider = await provide(ec);
    provider.reply = reply;
    const jwt = await alice(ec);
    expect(await authenticate(bearer(jwt), provider.settings)).toEqual({
      kind: 'problem',
      problem: expect.objectContaining({ name: 'unavailable', retryAfter: 5 }),
    });
    expect(await outcome(provider, jwt)).toBe('unavailable');
    expect(provider.paths).toEqual(['/keys']);
    provider.reply = keySet([ec.jwk]);
    later(5);
    expect(await outcome(provider, jwt)).toBe('alice');
  });

  it('[E3] that does not exist is unavailable', async () => {
    const provider = await provide(ec);
    await provider.close();
    expect(await outcome(provider, await alice(ec))).toBe('unavailable');
  });

  it('[A1] [E3] does not lock out tokens whose key is cached, for an hour', async () => {
    const provider = await provide(ec);
    expect(await outcome(provider, await alice(ec))).toBe('alice');
    provider.reply = 'broken';
    later(3_599);
    expect(await outcome(provider, await alice(ec))).toBe('alice');
    expect(await outcome(provider, await alice(other))).toBe('unavailable');
    later(5);
    expect(await outcome(provider, await alice(ec))).toBe('unavailable');
  });

  it.each([
    ['too short', { kty: 'RSA', n: 'AQAB', e: 'AQAB' }],
    ['malformed', { kty: 'RSA', n: 'A'.repeat(342), e: '!' }],
    ['private', { ...rsa.jwk, d: 'AQAB', p: 'AQAB', q: 'AQAB', dp: 'AQAB', dq: 'AQAB', qi: 'AQAB' }],
  ])('[A1] [E3] whose key is %s is unavailable', async (_, key) => {
    const provider = await startProvider([{ ...key, kid: 'rsa' }]);
    providers.push(provider);
    expect(await outcome(provider, await alice(rsa))).toBe('unavailable');
  });
});
