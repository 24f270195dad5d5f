import { describe, expect, it } from 'vitest';
import { senderAddress } from '../../../../../src/server/http/guard/sender-address.ts';
import type { Environment } from '../../../../../src/server/http/request/environment.ts';

const CLOUDFLARE = { 'CF-Connecting-IP': '192.0.2.1' };

describe('the address of a sender', () => {
  it.each<[Record<string, string>, string | undefined, string]>([
    [CLOUDFLARE, undefined, '192.0.2.1'],
    [{}, undefined, 'unknown'],
    [{ 'X-Forwarded-For': '203.0.113.9' }, undefined, 'unknown'],
    [{ 'X-Forwarded-For': '203.0.113.9' }, 'x-forwarded', '203.0.113.9'],
    [{ ...CLOUDFLARE, 'X-Forwarded-For': '203.0.113.9' }, 'x-forwarded', '203.0.113.9'],
    [{ 'X-Forwarded-For': '198.51.100.7, 203.0.113.9' }, 'x-forwarded', '203.0.113.9'],
    [CLOUDFLARE, 'x-forwarded', 'unknown'],
    [{ 'X-Forwarded-For': ' , ' }, 'x-forwarded', 'unknown'],
  ])('[A9] %j with TRUST_PROXY=%s is %s: a claim of the sender never counts', (headers, trust, address) => {
    const env = (trust === undefined ? {} : { TRUST_PROXY: trust }) as Environment;
    expect(senderAddress(new Headers(headers), env)).toBe(address);
  });
});
