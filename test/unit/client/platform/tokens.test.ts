import { describe, expect, it } from 'vitest';
import { subjectOf, Tokens } from '../../../../src/client/platform/tokens.ts';

const tokenOf = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;

describe('tokens', () => {
  it.each(['alice', 'Zoë', '山田', 'ÿ>?~'])('name the subject %s', async (sub) => {
    const tokens = new Tokens(tokenOf({ sub }), () => 0);
    expect(subjectOf(tokens.claims)).toBe('anonymous');
    await tokens.get();
    expect(subjectOf(tokens.claims)).toBe(sub);
  });

  it('are fetched again before they expire, and once for all who wait', async () => {
    let now = 0;
    let fetches = 0;
    const tokens = new Tokens(
      () => {
        fetches += 1;
        return Promise.resolve(tokenOf({ sub: 'Zoë', exp: 100 }));
      },
      () => now,
    );
    await Promise.all([tokens.get(), tokens.get()]);
    now = 69_000;
    await tokens.get();
    expect(fetches).toBe(1);
    now = 70_000;
    await tokens.get();
    expect(fetches).toBe(2);
  });

  it('that are not JWTs have no claims', async () => {
    const tokens = new Tokens('opaque', () => 0);
    expect(await tokens.get()).toBe('opaque');
    expect(tokens.claims).toEqual({});
  });
});
