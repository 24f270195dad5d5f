import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { authenticate } from '../../../../src/server/access/authenticate.ts';
import { mintToken } from '../../../../src/server/access/mint-token.ts';
import type { Role } from '../../../../src/server/access/principal.ts';
import { bearer, SECRET, secretSettings } from './tokens.ts';

describe('mintToken()', () => {
  it('[A1] [A2] makes a token of an hour without other rights, which the server accepts', async () => {
    const before = Math.floor(Date.now() / 1_000);
    const token = await mintToken({ secret: SECRET, subject: 'alice' });
    expect(await authenticate(bearer(token), secretSettings())).toMatchObject({ subject: 'alice', apps: {} });
    const { iat = 0, exp = 0, ...rest } = decodeJwt(token);
    expect(exp - iat).toBe(3_600);
    expect(iat).toBeGreaterThanOrEqual(before);
    expect(iat).toBeLessThanOrEqual(Date.now() / 1_000);
    expect(rest).toEqual({ sub: 'alice' });
  });

  it('[A2] [I4] grants roles, with the owners in their canonical spelling', async () => {
    const apps: Record<string, Role> = { 'a%7cb/board': 'writer', 'bob/*': 'reader' };
    const token = await mintToken({ secret: SECRET, subject: 'auth0|5f7c', apps, lifetimeSeconds: 60 });
    const principal = await authenticate(bearer(token), secretSettings());
    expect(principal).toMatchObject({
      subject: 'auth0|5f7c',
      apps: { 'a%7Cb/board': 'writer', 'bob/*': 'reader' },
    });
    const { iat = 0, exp = 0 } = decodeJwt(token);
    expect(exp - iat).toBe(60);
  });

  it('[A10] makes an operator where it is told to, and by nothing in `apps`', async () => {
    const claim = 'urn:changebucket:operator';
    const operator = decodeJwt(await mintToken({ secret: SECRET, subject: 'olga', operator: true }));
    expect(operator[claim]).toBe(true);
    const others = [{}, { operator: false }, { operator: 'true' as never }];
    for (const options of others)
      expect(decodeJwt(await mintToken({ secret: SECRET, subject: 'olga', ...options }))).not.toHaveProperty(claim);
  });

  it('[A1] names the issuer and the audience that the deployment requires, and none for an empty text or *', async () => {
    const expected = { issuer: 'https://id.example', audience: 'changebucket' };
    const token = await mintToken({ secret: SECRET, subject: 'bob', ...expected });
    expect(await authenticate(bearer(token), secretSettings(expected))).toMatchObject({ subject: 'bob' });
    const any = await mintToken({ secret: SECRET, subject: 'bob', issuer: '*', audience: '' });
    expect(Object.keys(decodeJwt(any)).sort()).toEqual(['exp', 'iat', 'sub']);
  });

  it.each(['', 'x'.repeat(31), undefined])('[A1] refuses the secret %j, which is under 32 bytes', async (secret) => {
    await expect(mintToken({ secret: secret as string, subject: 'alice' })).rejects.toThrow(/at least 32 bytes/);
  });

  it('counts the secret in bytes', async () => {
    expect(await mintToken({ secret: 'é'.repeat(16), subject: 'alice' })).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it.each(['', 'a\nb', '\u2028', '\ud800', 'x'.repeat(257), undefined, 7])(
    '[I4] refuses the subject %j',
    async (subject) => {
      await expect(mintToken({ secret: SECRET, subject: subject as string })).rejects.toThrow(
        /subject must have 1 to 256 characters/,
      );
    },
  );

  it.each([
    [{ 'bob/board': 'owner' }, '"bob/board": "owner"'],
    [{ 'bob/ok': 'writer', bob: 'writer' }, '"bob": "writer"'],
    [{ '*/*': 'admin' }, '"*/*": "admin"'],
    [{ 'bob/board': undefined }, '"bob/board": undefined'],
    [null, 'apps must be an object'],
    [['bob/board'], 'apps must be an object'],
    ['bob/board=writer', 'apps must be an object'],
  ])('[A2] refuses the grants %j', async (apps, named) => {
    const promise = mintToken({ secret: SECRET, subject: 'alice', apps: apps as unknown as Record<string, Role> });
    await expect(promise).rejects.toThrow(named);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '60'])(
    'refuses the lifetime %j',
    async (lifetime) => {
      const promise = mintToken({ secret: SECRET, subject: 'alice', lifetimeSeconds: lifetime as number });
      await expect(promise).rejects.toThrow(/lifetimeSeconds/);
    },
  );

  it('[A1] refuses to make a token that the server would refuse for its length', async () => {
    const apps = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`bob/board-${n}`, 'writer' as const]));
    await expect(mintToken({ secret: SECRET, subject: 'alice', apps })).rejects.toThrow(/8192 is the limit/);
  });
});
