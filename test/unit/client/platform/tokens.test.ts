import { describe, expect, it } from 'vitest';
import { claimsOf, subjectOf } from '../../../../src/client/platform/token-claims.ts';
import { Tokens } from '../../../../src/client/platform/tokens.ts';

const tokenOf = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;

/** Tokens of an issuer whose clock differs by so many ms from the client's. @param lifeOf seconds; undefined: the request fails */
const issuer = (lifeOf: (request: number) => number | 'never' | undefined, skewMs = 0) => {
  const time = { now: 0 };
  let requests = 0;
  const source = async (): Promise<string> => {
    requests += 1;
    const life = lifeOf(requests);
    if (life === undefined) throw new Error('no token');
    if (life === 'never') return new Promise(() => undefined);
    return tokenOf({ exp: time.now / 1_000 + life, jti: requests });
  };
  return { tokens: new Tokens(source, () => time.now + skewMs), time, requests: () => requests };
};

const expiryOf = (token: string | undefined): number =>
  (JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString()) as { exp: number }).exp * 1_000;

describe('tokens', () => {
  it.each(['alice', 'Zoë', '山田', 'ÿ>?~'])('name the subject %s', async (sub) => {
    const tokens = new Tokens(tokenOf({ sub }), () => 0);
    expect(subjectOf(tokens.claims)).toBe('anonymous');
    await tokens.get();
    expect(subjectOf(tokens.claims)).toBe(sub);
  });

  it('[A1] are requested again when 80 % of their life is over, and once for all who wait', async () => {
    const { tokens, time, requests } = issuer(() => 100);
    await Promise.all([tokens.get(), tokens.get()]);
    time.now = 79_000;
    await tokens.get();
    expect(requests()).toBe(1);
    time.now = 80_000;
    await tokens.get();
    expect(requests()).toBe(2);
  });

  it.each([
    [-3_600_000, 300],
    [-50_000, 60],
    [0, 20],
    [50_000, 60],
    [58_000, 60],
    [300_000, 300],
    [3_600_000, 4],
  ])(
    '[A1] of a clock that is wrong by %i ms and of %i s are requested a few times in a minute, with and without `Date`',
    async (skewMs, life) => {
      for (const hasDate of [true, false]) {
        const { tokens, time, requests } = issuer(() => life, skewMs);
        for (let ms = 0; ms < 60_000; ms += 250) {
          const token = await tokens.get();
          // The server takes it for its life and 5 s.
          if (time.now > expiryOf(token) + 5_000) tokens.invalidate(token);
          if (hasDate) tokens.noteServerTime(new Date(time.now).toUTCString());
          time.now += 250;
        }
        expect(requests()).toBeLessThanOrEqual(8);
      }
    },
  );

  it('[A1] are renewed by the server’s clock before the server refuses one', async () => {
    const { tokens, time } = issuer(() => 60, -3_600_000);
    for (let ms = 0; ms < 300_000; ms += 250) {
      expect(expiryOf(await tokens.get())).toBeGreaterThan(time.now);
      tokens.noteServerTime(new Date(time.now).toUTCString());
      time.now += 250;
    }
  });

  it('[A1] that are all refused are requested once a second, also when the source fails', async () => {
    for (const isBroken of [false, true]) {
      const { tokens, time, requests } = issuer(() => (isBroken ? undefined : 300));
      for (let ms = 0; ms < 10_000; ms += 50) {
        tokens.invalidate(await tokens.get().catch(() => undefined));
        time.now += 50;
      }
      expect([isBroken, requests()]).toEqual([isBroken, 10]);
    }
  });

  it('are not requested again because an older one was refused', async () => {
    const { tokens, time, requests } = issuer(() => 300);
    const first = await tokens.get();
    time.now += 2_000;
    tokens.invalidate(first);
    const second = await tokens.get();
    time.now += 2_000;
    tokens.invalidate(first);
    expect([await tokens.get(), requests()]).toEqual([second, 2]);
  });

  it('go on being used while a source that does not answer is asked for the next one', async () => {
    const { tokens, time, requests } = issuer((request) => (request === 2 ? 'never' : 100));
    const first = await tokens.get();
    time.now = 81_000;
    expect(await tokens.get()).toBe(first);
    time.now = 90_900;
    expect([await tokens.get(), requests()]).toEqual([first, 2]);
    time.now = 91_000;
    await tokens.get();
    expect([(await tokens.get()) === first, requests()]).toEqual([false, 3]);
  });

  it.each(['Zoë', '山田', '🎈'])('name the subject %s also where the issuer has escaped it', (sub) => {
    const escaped = JSON.stringify({ sub }).replace(
      /[^ -~]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    expect(subjectOf(claimsOf(`e30.${btoa(escaped)}.x`))).toBe(sub);
  });

  it.each(['null', '1', '[]', '"text"'])('with %s in place of claims are of nobody', (payload) => {
    expect(subjectOf(claimsOf(`e30.${btoa(payload)}.x`))).toBe('anonymous');
  });

  it('that are not JWTs have no claims', async () => {
    const tokens = new Tokens('opaque', () => 0);
    expect(await tokens.get()).toBe('opaque');
    expect(tokens.claims).toEqual({});
  });
});
