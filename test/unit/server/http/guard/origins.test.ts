import { describe, expect, it } from 'vitest';
import {
  corsHeaders,
  originOf,
  preflightHeaders,
  refuseForeign,
} from '../../../../../src/server/http/guard/origins.ts';
import type { Environment } from '../../../../../src/server/http/request/environment.ts';

const LISTED = 'https://good.example, https://app.good.example:8443,http://plain.example';

const kindOf = (
  origin: string | undefined,
  url: string,
  variables: Partial<Environment>,
  forwarding: Record<string, string> = {},
): string => {
  const headers = { ...forwarding, ...(origin === undefined ? {} : { Origin: origin }) };
  const request = new Request(url, { headers });
  return originOf(request, request.headers, variables as Environment).kind;
};

describe('origins', () => {
  const TLS = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'app.example' };
  it.each<[string, Record<string, string>, string | undefined, string]>([
    ['https://app.example', TLS, 'x-forwarded', 'same'],
    ['https://inner.test:8787', { 'X-Forwarded-Proto': 'https' }, 'x-forwarded', 'same'],
    ['https://app.example', { ...TLS, 'X-Forwarded-Proto': 'https, http' }, 'x-forwarded', 'same'],
    ['https://app.example:8443', { ...TLS, 'X-Forwarded-Host': 'app.example:8443' }, 'x-forwarded', 'same'],
    ['http://inner.test:8787', {}, 'x-forwarded', 'same'],
    ['http://app.example', TLS, 'x-forwarded', 'foreign'],
    ['https://evil.example', TLS, 'x-forwarded', 'foreign'],
    ['null', { ...TLS, 'X-Forwarded-Proto': 'data' }, 'x-forwarded', 'foreign'],
    ['https://app.example', TLS, undefined, 'foreign'],
    ['https://app.example', TLS, 'yes', 'foreign'],
  ])('[A8] %s behind a proxy that says %j, TRUST_PROXY=%s: %s', (origin, forwarding, trust, kind) => {
    const variables = trust === undefined ? {} : { TRUST_PROXY: trust };
    expect(kindOf(origin, 'http://inner.test:8787/v1/apps/a/b/state', variables, forwarding)).toBe(kind);
  });

  it.each([
    [undefined, 'same'],
    ['https://api.test', 'same'],
    ['https://good.example', 'allowed'],
    ['https://app.good.example:8443', 'allowed'],
    ['http://plain.example', 'allowed'],
    ['http://api.test', 'foreign'],
    ['https://api.test:8443', 'foreign'],
    ['https://api.test.evil.com', 'foreign'],
    ['https://good.example.evil.com', 'foreign'],
    ['https://evilgood.example', 'foreign'],
    ['https://evil.com/https://good.example', 'foreign'],
    ['https://good.example@evil.com', 'foreign'],
    ['https://sub.good.example', 'foreign'],
    ['https://good.example:8443', 'foreign'],
    ['https://app.good.example', 'foreign'],
    ['http://good.example', 'foreign'],
    ['https://plain.example', 'foreign'],
    ['HTTPS://GOOD.EXAMPLE', 'foreign'],
    ['https://Good.example', 'foreign'],
    ['https://good.example/', 'foreign'],
    ['https://good.example.', 'foreign'],
    ['https://good.example https://evil.com', 'foreign'],
    ['https://good.example,https://app.good.example:8443', 'foreign'],
    ['good.example', 'foreign'],
    ['null', 'foreign'],
    ['', 'foreign'],
    ['*', 'foreign'],
    ['http://localhost:5173', 'foreign'],
  ])('[A8] %j is %s', (origin, kind) => {
    expect(kindOf(origin, 'https://api.test/v1/apps/a/b/state', { CORS_ORIGINS: LISTED })).toBe(kind);
  });

  it.each([
    ['', 'null'],
    ['', ''],
    [',', ''],
    ['null', 'null'],
    ['*', 'https://evil.com'],
    ['https://*.example', 'https://good.example'],
    ['good.example', 'https://good.example'],
  ])('[A8] a list of %j does not allow %j', (list, origin) => {
    expect(kindOf(origin, 'https://api.test/', { CORS_ORIGINS: list })).toBe('foreign');
  });

  it.each([
    ['http://localhost:5173', 'allowed'],
    ['https://localhost', 'allowed'],
    ['http://app.localhost:3000', 'allowed'],
    ['http://127.0.0.1:5173', 'allowed'],
    ['http://[::1]:5173', 'allowed'],
    ['http://localhost:8787', 'same'],
    ['http://evil.com', 'foreign'],
    ['http://localhost.evil.com', 'foreign'],
    ['http://127.0.0.1.evil.com', 'foreign'],
    ['http://localhost@evil.com', 'foreign'],
    ['http://localhost:5173/', 'foreign'],
    ['http://user@localhost:5173', 'foreign'],
    ['HTTP://LOCALHOST:5173', 'foreign'],
    ['foo://localhost', 'foreign'],
    ['file://localhost/', 'foreign'],
    ['localhost', 'foreign'],
    ['null', 'foreign'],
    ['', 'foreign'],
  ])('[A6] [A8] under open access %j is %s', (origin, kind) => {
    expect(kindOf(origin, 'http://localhost:8787/v1/apps/a/b', { CHANGEBUCKET_OPEN: 'loopback' })).toBe(kind);
    // The same page may not call the same server by another name.
    const elsewhere = kindOf(origin, 'https://api.test/', { CHANGEBUCKET_OPEN: 'loopback' });
    expect(elsewhere).toBe('foreign');
  });
});

describe('the rights of an origin', () => {
  const foreign = { kind: 'foreign' } as const;
  const allowed = { kind: 'allowed', origin: 'https://good.example' } as const;

  it.each(['GET', 'HEAD', 'OPTIONS'])('[A8] %s is allowed from any origin', (method) => {
    expect(refuseForeign(method)).toBeUndefined();
  });

  it.each(['PUT', 'POST', 'DELETE', 'PATCH', 'MKCOL', 'get'])('[A8] %s from a foreign origin is refused', (method) => {
    expect(refuseForeign(method)).toMatchObject({ problem: { name: 'forbidden-origin' } });
  });

  it('[A8] only an allowed origin is named, and never with credentials', () => {
    for (const headers of [corsHeaders(foreign), corsHeaders({ kind: 'same' }), preflightHeaders(foreign)]) {
      expect(headers).toEqual({});
    }
    for (const headers of [corsHeaders(allowed), preflightHeaders(allowed)]) {
      expect(headers['Access-Control-Allow-Origin']).toBe('https://good.example');
      expect(headers).not.toHaveProperty('Access-Control-Allow-Credentials');
    }
  });

  it('[A8] an allowed origin may send the request headers of the protocol and read its answer headers', () => {
    const items = (name: string): Set<string> => new Set((preflightHeaders(allowed)[name] ?? '').split(', '));
    expect(items('Access-Control-Allow-Methods')).toEqual(new Set(['GET', 'HEAD', 'PUT', 'POST', 'DELETE']));
    const requests =
      'Authorization Content-Type If-Match If-None-Match A-IM Prefer Min-Version Idempotency-Key Accept Last-Event-ID Changebucket-Kind';
    expect(items('Access-Control-Allow-Headers')).toEqual(new Set(requests.split(' ')));
    const answers = 'ETag Location IM Delta-Base Retry-After Preference-Applied';
    expect([...items('Access-Control-Expose-Headers')]).toEqual(
      expect.arrayContaining(`${answers} Changebucket-Position Changebucket-Cost`.split(' ')),
    );
    expect(Number(preflightHeaders(allowed)['Access-Control-Max-Age'])).toBeGreaterThan(0);
  });
});
