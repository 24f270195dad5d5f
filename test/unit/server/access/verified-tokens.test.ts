import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { authenticate } from '../../../../src/server/access/authenticate.ts';
import type { Principal } from '../../../../src/server/access/principal.ts';
import { getVerified, putVerified } from '../../../../src/server/access/verified-tokens.ts';
import { bearer, seconds, secretSettings, token } from './tokens.ts';

const settings = secretSettings();
const ask = (jwt: string, under = settings) => authenticate(bearer(jwt), under);
const later = (s: number): unknown => vi.setSystemTime(Date.now() + s * 1_000);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Calls of the platform's signature check. */
const checks = () => vi.spyOn(crypto.subtle, 'verify');

describe('verified tokens', () => {
  it('[A1] are not verified twice', async () => {
    const jwt = token({ sub: 'alice', exp: seconds() + 60 });
    const verify = checks();
    const first = await ask(jwt);
    expect(await ask(jwt)).toEqual(first);
    expect(verify).toHaveBeenCalledTimes(1);
    verify.mockRestore();
  });

  it('[A1] are valid until they expire and not a second longer', async () => {
    const jwt = token({ sub: 'alice', exp: seconds() + 60 });
    expect(await ask(jwt)).toMatchObject({ kind: 'token' });
    later(64);
    expect(await ask(jwt)).toMatchObject({ kind: 'token' });
    later(1);
    expect(await ask(jwt)).toMatchObject({ kind: 'problem', problem: { detail: 'The token has expired.' } });
  });

  it('[A1] are not valid before their time, even when the clock is set back', async () => {
    const jwt = token({ sub: 'alice', exp: seconds() + 600, nbf: seconds() });
    expect(await ask(jwt)).toMatchObject({ kind: 'token' });
    later(-60);
    expect(await ask(jwt)).toMatchObject({ kind: 'problem', problem: { name: 'unauthorized' } });
  });

  it.each([
    ['another secret', secretSettings({ secret: 'c-secret-of-these-tests-0123456789abcdef' })],
    ['an issuer', secretSettings({ issuer: 'https://id.example' })],
    ['an audience', secretSettings({ audience: 'changebucket' })],
  ])('[A1] are verified again under %s', async (_, others) => {
    const jwt = token({ sub: 'alice', exp: seconds() + 60 });
    expect(await ask(jwt)).toMatchObject({ kind: 'token' });
    expect(await ask(jwt, others)).toMatchObject({ kind: 'problem', problem: { name: 'unauthorized' } });
  });

  it('[A1] do not include refused tokens', async () => {
    const jwt = token({ sub: 'alice', exp: seconds() + 60, nbf: seconds() + 30 });
    expect(await ask(jwt)).toMatchObject({ kind: 'problem' });
    later(30);
    expect(await ask(jwt)).toMatchObject({ kind: 'token' });
  });

  it('are kept up to a thousand, the most recently used', () => {
    const principal: Principal = { kind: 'token', subject: 'alice', apps: {}, expires: 100 };
    const known = (name: string): boolean => getVerified(settings, name, 50) !== undefined;
    putVerified(settings, 'used', { principal, from: 0, until: 100 });
    putVerified(settings, 'unused', { principal, from: 0, until: 100 });
    for (let each = 0; each < 999; each += 1) {
      expect(known('used')).toBe(true);
      putVerified(settings, `t${each}`, { principal, from: 0, until: 100 });
    }
    expect([known('used'), known('unused'), known('t0'), known('t998')]).toEqual([true, false, true, true]);
  });
});
