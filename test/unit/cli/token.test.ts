import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { parseApps, parseTtl } from '../../../src/cli/token-arguments.ts';
import { authenticate } from '../../../src/server/access/authenticate.ts';
import { bearer, SECRET, secretSettings } from '../server/access/tokens.ts';

const COMMAND = join(resolve(import.meta.dirname, '../../..'), 'src/cli/token.ts');

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (args: readonly string[], variables: Record<string, string> = { AUTH_SECRET: SECRET }): Run => {
  const { AUTH_SECRET: _, AUTH_ISSUER: __, AUTH_AUDIENCE: ___, ...env } = process.env;
  const options = { encoding: 'utf8', env: { ...env, ...variables } } as const;
  return spawnSync(process.execPath, [COMMAND, ...args], options);
};

describe('the token command', () => {
  it('[A1] [A2] prints a valid token and nothing else', async () => {
    const args = ['--sub', 'alice', '--apps', 'bob/board=writer,carol/*=reader', '--apps', 'dave/x=admin'];
    const { status, stdout, stderr } = run([...args, '--ttl', '15m']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(await authenticate(bearer(stdout.trim()), secretSettings())).toMatchObject({
      kind: 'token',
      subject: 'alice',
      apps: { 'bob/board': 'writer', 'carol/*': 'reader', 'dave/x': 'admin' },
    });
    const { iat = 0, exp = 0 } = decodeJwt(stdout.trim());
    expect(Math.abs(exp - iat - 900)).toBeLessThanOrEqual(1);
  });

  it('[A1] [A2] has an hour, no other rights, and issuer and audience from the environment', async () => {
    const variables = { AUTH_SECRET: SECRET, AUTH_ISSUER: 'https://id.example', AUTH_AUDIENCE: 'changebucket' };
    const { stdout } = run(['--sub', 'bob'], variables);
    const settings = secretSettings({ issuer: 'https://id.example', audience: 'changebucket' });
    expect(await authenticate(bearer(stdout.trim()), settings)).toMatchObject({ subject: 'bob', apps: {} });
    const { iat = 0, exp = 0, ...rest } = decodeJwt(stdout.trim());
    expect(Math.abs(exp - iat - 3_600)).toBeLessThanOrEqual(1);
    expect(rest).toEqual({ sub: 'bob', iss: 'https://id.example', aud: 'changebucket' });
  });

  it('[I4] [A2] takes any subject, and says where it owns applications', async () => {
    const { status, stdout, stderr } = run([
      '--sub',
      'auth0|5f+/=',
      '--apps',
      'ann@example.org/x=reader,a%7cb=/*=admin',
    ]);
    expect([status, stderr]).toEqual([0, 'It owns /v1/apps/auth0%7C5f%2B%2F%3D/*\n']);
    expect(await authenticate(bearer(stdout.trim()), secretSettings())).toMatchObject({
      subject: 'auth0|5f+/=',
      apps: { 'ann%40example.org/x': 'reader', 'a%7Cb%3D/*': 'admin' },
    });
  });

  it('[D14] has the claims that are given, for reducers', () => {
    const { status, stdout } = run(['--sub', 'bob', '--claims', '{"plan":"pro","teams":["a"]}']);
    expect([status, decodeJwt(stdout.trim())]).toMatchObject([0, { sub: 'bob', plan: 'pro', teams: ['a'] }]);
  });

  it('[A1] treats empty variables as missing', () => {
    const { stdout } = run(['--sub', 'bob'], { AUTH_SECRET: SECRET, AUTH_ISSUER: '', AUTH_AUDIENCE: '' });
    expect(new Set(Object.keys(decodeJwt(stdout.trim())))).toEqual(new Set(['exp', 'iat', 'sub']));
  });

  it.each<[string, string[], RegExp, Record<string, string>?]>([
    ['no secret', ['--sub', 'alice'], /openssl rand/, {}],
    ['a short secret', ['--sub', 'alice'], /at least 32 bytes/, { AUTH_SECRET: 'short' }],
    ['a missing subject', [], /--sub/],
    ['an empty name', ['--sub', ''], /--sub/],
    ['a name with a line feed', ['--sub', 'a\nb'], /control character/],
    ['an unknown role', ['--sub', 'alice', '--apps', 'bob/board=owner'], /must be owner\/app=role/],
    ['claims that are no JSON', ['--sub', 'alice', '--claims', 'pro'], /^--claims must be a JSON object/],
    ['claims that are no object', ['--sub', 'alice', '--claims', '["pro"]'], /^--claims must be a JSON object/],
    ['a claim with a meaning of its own', ['--sub', 'alice', '--claims', '{"sub":"bob"}'], /"sub" cannot be among/],
    ['rights as a claim', ['--sub', 'alice', '--claims', '{"apps":{"*":"admin"}}'], /"apps" cannot be among/],
    [
      'operators as a claim',
      ['--sub', 'alice', '--claims', '{"urn:changebucket:operator":true}'],
      /operator" cannot be among/,
    ],
    ['all there is', ['--sub', 'alice', '--apps', '*/*=admin'], /must be owner\/app=role/],
    ['no time', ['--sub', 'alice', '--ttl', 'soon'], /30s, 15m, 1h or 7d/],
    ['an unknown flag', ['--sub', 'alice', '--role', 'admin'], /--role/],
    ['a word too many', ['--sub', 'alice', 'bob'], /at most 0/],
  ])('refuses %s with status 2 and no output', (_, args, message, variables) => {
    const { status, stdout, stderr } = run(args, variables);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('prints help', () => {
    const { status, stdout } = run(['--help'], {});
    expect(status).toBe(0);
    for (const word of ['--sub', '--apps', '--ttl', 'AUTH_SECRET']) expect(stdout).toContain(word);
  });
});

describe('its arguments', () => {
  it.each([
    ['30s', 30],
    ['15m', 900],
    ['1h', 3_600],
    ['7d', 604_800],
  ])('%s are %d seconds', (text, seconds) => {
    expect(parseTtl(text)).toBe(seconds);
  });

  it.each(['', 'h', '1', '0h', '01h', '-1h', '1.5h', '1e3s', '1H', '1 h', '1h ', '1w', '1hh', '9999999s'])(
    '%j is no time',
    (text) => {
      expect(() => parseTtl(text)).toThrow(/^--ttl must be a duration/);
    },
  );

  it('[A2] rights come with commas, by repetition, or not at all', () => {
    expect(parseApps([])).toEqual({});
    expect(parseApps(['a/b=reader, c/*=writer', 'd/e=admin'])).toEqual({
      'a/b': 'reader',
      'c/*': 'writer',
      'd/e': 'admin',
    });
  });

  it.each(['', 'a/b', 'a/b=', 'a/b=root', 'a=admin', '/b=admin', 'a/=admin', 'a/b/c=admin', '*/b=admin', 'a/b=admin,'])(
    '[A2] %j is no right',
    (item) => {
      expect(() => parseApps([item])).toThrow('must be owner/app=role');
    },
  );
});
