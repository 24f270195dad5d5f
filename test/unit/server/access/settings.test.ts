import { describe, expect, it } from 'vitest';
import { openAccess } from '../../../../src/server/access/open-access.ts';
import { settingsOf } from '../../../../src/server/access/settings.ts';
import type { Environment } from '../../../../src/server/http/request/environment.ts';

const environment = (variables: Partial<Environment>): Environment => variables as Environment;

const SECRET = 's'.repeat(32);
const URL_OF_KEYS = 'https://id.example/.well-known/jwks.json';
const anybody = { AUTH_ISSUER: '*', AUTH_AUDIENCE: '*' };
const none = { issuer: undefined, audience: undefined };
const CLAIM = 'urn:changebucket:operator';
const OPERATOR = 'o'.repeat(32);
const OTHER = 'p'.repeat(32);
const byDefault = ['RS256', 'ES256', 'EdDSA'];

describe('settings', () => {
  it.each<[Partial<Environment>, object]>([
    [{}, { kind: 'none' }],
    [{ AUTH_SECRET: '', AUTH_JWKS_URL: '' }, { kind: 'none' }],
    [{ AUTH_ISSUER: 'https://id.example' }, { kind: 'none' }],
    [{ AUTH_SECRET: SECRET }, { kind: 'secret', secret: SECRET, operatorClaim: CLAIM, ...none }],
    [{ AUTH_SECRET: 'é'.repeat(16) }, { kind: 'secret', secret: 'é'.repeat(16), operatorClaim: CLAIM, ...none }],
    [
      { AUTH_SECRET: SECRET, AUTH_ALGORITHM: 'HS256' },
      { kind: 'secret', secret: SECRET, operatorClaim: CLAIM, ...none },
    ],
    [
      { AUTH_SECRET: SECRET, AUTH_ISSUER: 'i', AUTH_AUDIENCE: 'a' },
      { kind: 'secret', secret: SECRET, operatorClaim: CLAIM, issuer: 'i', audience: 'a' },
    ],
    [
      { AUTH_SECRET: SECRET, AUTH_ISSUER: '', AUTH_AUDIENCE: '' },
      { kind: 'secret', secret: SECRET, operatorClaim: CLAIM, ...none },
    ],
    [
      { AUTH_JWKS_URL: URL_OF_KEYS, ...anybody },
      { kind: 'jwks', url: URL_OF_KEYS, algorithms: byDefault, ...none },
    ],
    [
      { AUTH_JWKS_URL: URL_OF_KEYS, AUTH_ISSUER: '*', AUTH_AUDIENCE: 'a' },
      { kind: 'jwks', url: URL_OF_KEYS, algorithms: byDefault, issuer: undefined, audience: 'a' },
    ],
    [
      { AUTH_SECRET: SECRET, AUTH_ISSUER: '*', AUTH_AUDIENCE: '*' },
      { kind: 'secret', secret: SECRET, operatorClaim: CLAIM, ...none },
    ],
    [
      { AUTH_JWKS_URL: URL_OF_KEYS, AUTH_ALGORITHM: 'PS256', AUTH_ISSUER: 'i', AUTH_AUDIENCE: 'a' },
      { kind: 'jwks', url: URL_OF_KEYS, algorithms: ['PS256'], issuer: 'i', audience: 'a' },
    ],
    [
      { AUTH_SECRET: SECRET, AUTH_SECRET_PREVIOUS: 'old'.repeat(11) },
      { kind: 'secret', secret: SECRET, previous: 'old'.repeat(11), operatorClaim: CLAIM, ...none },
    ],
    [
      { AUTH_SECRET: SECRET, AUTH_SECRET_PREVIOUS: '', OPERATOR_TOKEN: '', OPERATOR_TOKEN_PREVIOUS: '' },
      { kind: 'secret', secret: SECRET, operatorClaim: CLAIM, ...none },
    ],
    [
      { AUTH_SECRET: SECRET, OPERATOR_TOKEN: OPERATOR, OPERATOR_TOKEN_PREVIOUS: OTHER },
      {
        kind: 'secret',
        secret: SECRET,
        operatorClaim: CLAIM,
        operatorSecrets: [
          { name: 'OPERATOR_TOKEN', secret: OPERATOR },
          { name: 'OPERATOR_TOKEN_PREVIOUS', secret: OTHER },
        ],
        ...none,
      },
    ],
    [
      { AUTH_JWKS_URL: URL_OF_KEYS, ...anybody, AUTH_OPERATOR_CLAIM: 'https://id.example/operator' },
      {
        kind: 'jwks',
        url: URL_OF_KEYS,
        algorithms: byDefault,
        operatorClaim: 'https://id.example/operator',
        ...none,
      },
    ],
    ...['http://localhost:9/keys', 'http://127.0.0.1/keys', 'http://[::1]:9/keys', 'http://id.localhost/keys'].map(
      (url): [Partial<Environment>, object] => [
        { AUTH_JWKS_URL: url, ...anybody },
        { kind: 'jwks', url, algorithms: byDefault, ...none },
      ],
    ),
  ])('[A1] [A5] %j', (variables, settings) => {
    expect(settingsOf(environment(variables))).toEqual(settings);
  });

  it.each<[Partial<Environment>, RegExp]>([
    [{ AUTH_SECRET: 's'.repeat(31) }, /AUTH_SECRET needs at least 32 bytes.*openssl rand/],
    [{ AUTH_SECRET_PREVIOUS: SECRET }, /AUTH_SECRET_PREVIOUS .* set AUTH_SECRET/],
    [{ AUTH_SECRET: SECRET, AUTH_SECRET_PREVIOUS: SECRET }, /AUTH_SECRET and AUTH_SECRET_PREVIOUS must differ/],
    [{ AUTH_SECRET: SECRET, AUTH_SECRET_PREVIOUS: 's'.repeat(31) }, /AUTH_SECRET_PREVIOUS needs at least 32 bytes/],
    [{ AUTH_SECRET: SECRET, OPERATOR_TOKEN: 'o'.repeat(31) }, /OPERATOR_TOKEN needs at least 32 visible ASCII/],
    [{ AUTH_SECRET: SECRET, OPERATOR_TOKEN: `${OPERATOR} x` }, /OPERATOR_TOKEN needs at least 32 visible ASCII/],
    [{ AUTH_SECRET: SECRET, OPERATOR_TOKEN: `a.b.${OPERATOR}` }, /OPERATOR_TOKEN needs at least 32 visible ASCII/],
    [{ AUTH_SECRET: SECRET, OPERATOR_TOKEN: SECRET }, /OPERATOR_TOKEN must be another secret than AUTH_SECRET/],
    [{ AUTH_SECRET: SECRET, OPERATOR_TOKEN_PREVIOUS: OTHER }, /OPERATOR_TOKEN_PREVIOUS .* set OPERATOR_TOKEN, too/],
    [
      { AUTH_SECRET: SECRET, OPERATOR_TOKEN: OTHER, OPERATOR_TOKEN_PREVIOUS: OTHER },
      /OPERATOR_TOKEN and OPERATOR_TOKEN_PREVIOUS must differ/,
    ],
    [{ AUTH_SECRET: SECRET, AUTH_OPERATOR_CLAIM: 'x' }, /AUTH_OPERATOR_CLAIM is for AUTH_JWKS_URL/],
    [
      { AUTH_JWKS_URL: URL_OF_KEYS, ...anybody, AUTH_OPERATOR_CLAIM: 'email_verified' },
      /AUTH_OPERATOR_CLAIM must be a claim of its own/,
    ],
    [{ AUTH_SECRET: 'é'.repeat(15) }, /at least 32 bytes/],
    [{ AUTH_SECRET: SECRET, AUTH_JWKS_URL: URL_OF_KEYS }, /AUTH_SECRET or AUTH_JWKS_URL, not both/],
    [{ AUTH_SECRET: 'short', AUTH_JWKS_URL: URL_OF_KEYS }, /not both/],
    [{ AUTH_SECRET: SECRET, AUTH_ALGORITHM: 'RS256' }, /AUTH_ALGORITHM is for AUTH_JWKS_URL/],
    [{ AUTH_SECRET: SECRET, AUTH_ALGORITHM: 'none' }, /AUTH_ALGORITHM/],
    [{ AUTH_JWKS_URL: URL_OF_KEYS, AUTH_ALGORITHM: 'HS256' }, /AUTH_ALGORITHM must be one of RS256/],
    [{ AUTH_JWKS_URL: URL_OF_KEYS, AUTH_ALGORITHM: 'none' }, /AUTH_ALGORITHM/],
    [{ AUTH_JWKS_URL: URL_OF_KEYS, AUTH_ALGORITHM: 'RS256,HS256' }, /AUTH_ALGORITHM/],
    [{ AUTH_JWKS_URL: URL_OF_KEYS }, /Set AUTH_AUDIENCE and AUTH_ISSUER, or \*/],
    [{ AUTH_JWKS_URL: URL_OF_KEYS, AUTH_ISSUER: '', AUTH_AUDIENCE: '' }, /Set AUTH_AUDIENCE and AUTH_ISSUER/],
    [{ AUTH_JWKS_URL: URL_OF_KEYS, AUTH_ISSUER: 'i' }, /Set AUTH_AUDIENCE, or \*/],
    [{ AUTH_JWKS_URL: URL_OF_KEYS, AUTH_AUDIENCE: 'a' }, /Set AUTH_ISSUER, or \*/],
    [{ AUTH_JWKS_URL: 'http://id.example/keys' }, /must be an https URL/],
    [{ AUTH_JWKS_URL: 'http://127.0.0.1.evil.com/keys' }, /must be an https URL/],
    [{ AUTH_JWKS_URL: 'http://localhost@evil.com/keys' }, /must be an https URL/],
    [{ AUTH_JWKS_URL: 'file:///keys' }, /must be an https URL/],
    [{ AUTH_JWKS_URL: 'data:application/json,{}' }, /must be an https URL/],
    [{ AUTH_JWKS_URL: 'id.example/keys' }, /must be an https URL/],
  ])('[A5] %j is refused, saying why', (variables, detail) => {
    expect(settingsOf(environment(variables))).toMatchObject({
      kind: 'problem',
      problem: { name: 'not-configured', detail: expect.stringMatching(detail) },
    });
  });

  it('[E2] a secret that is refused is not repeated', () => {
    expect(JSON.stringify(settingsOf(environment({ AUTH_SECRET: 'hunter2' })))).not.toContain('hunter2');
  });
});

describe('open access', () => {
  const isOpen = (variables: Partial<Environment>, url: string, headers: Record<string, string> = {}): boolean =>
    openAccess(environment(variables), url, new Headers(headers)).kind === 'open';

  it.each([
    ['X-Forwarded-For', '203.0.113.7'],
    ['X-Forwarded-For', '127.0.0.1'],
    ['X-Forwarded-Host', 'changebucket.example'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded', 'for=203.0.113.7'],
    ['X-Original-Forwarded-For', '203.0.113.7'],
    ['Forwarded', 'for=203.0.113.7'],
    ['Via', '1.1 caddy'],
    ['X-Real-IP', '203.0.113.7'],
    ['True-Client-IP', '203.0.113.7'],
    ['Fly-Client-IP', '203.0.113.7'],
    ['CDN-Loop', 'cloudflare'],
    ['CF-Connecting-IP', '203.0.113.7'],
    ['CF-Connecting-IP', '127.0.0.1.evil.test'],
  ])('[A6] with %s: %s the request was forwarded', (name, value) => {
    expect(isOpen({ CHANGEBUCKET_OPEN: 'loopback' }, 'http://localhost/', { [name]: value })).toBe(false);
  });

  it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])('[A6] CF-Connecting-IP: %s is this machine', (address) => {
    expect(isOpen({ CHANGEBUCKET_OPEN: 'loopback' }, 'http://localhost/', { 'CF-Connecting-IP': address })).toBe(true);
  });

  it.each([
    ['http://localhost/', true],
    ['http://LOCALHOST:8787/v1', true],
    ['http://changebucket.localhost:8787/', true],
    ['http://127.0.0.1:8787/', true],
    ['http://127.9.8.7/', true],
    ['http://127.1/', true],
    ['http://[::1]:8787/', true],
    ['http://0.0.0.0/', false],
    ['http://10.0.0.1/', false],
    ['http://192.168.1.2/', false],
    ['http://128.0.0.1/', false],
    ['http://[::2]/', false],
    ['http://[::ffff:8.8.8.8]/', false],
    ['http://example.com/', false],
    ['http://localhost.example.com/', false],
    ['http://notlocalhost/', false],
    ['http://127.0.0.1.example.com/', false],
    ['http://127.0.0.1.nip.io/', false],
    ['http://localhost@example.com/', false],
    ['http://example.com/?localhost', false],
  ])('[A6] on %s, where it is configured: %s', (url, open) => {
    expect(isOpen({ CHANGEBUCKET_OPEN: 'loopback' }, url)).toBe(open);
  });

  it.each([undefined, '', 'true', '1', 'yes', 'Loopback', 'loopback '])('[A6] %j does not configure it', (value) => {
    const variables = value === undefined ? {} : { CHANGEBUCKET_OPEN: value };
    expect(isOpen(variables, 'http://localhost/')).toBe(false);
  });
});
