import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAim } from '../../../../../src/server/http/request/a-im.ts';
import { holds, hostileText } from '../../../../support/property.ts';

describe('A-IM (RFC 3229)', () => {
  it.each([
    'json-patch',
    'JSON-Patch',
    'json-patch;q=1',
    'json-patch;q=1.000',
    'json-patch;q=0.5',
    'json-patch;q=0.001',
    'json-patch; q = 0.1',
    'json-patch;Q=0.1',
    'json-patch;x=y',
    'vcdiff, json-patch',
    'vcdiff;q=0, json-patch;q=0.3, gzip',
    ',json-patch,',
    'json-patch, json-patch;q=0',
  ])('[S3] %j takes a patch', (header) => {
    expect(parseAim(header)).toEqual({ kind: 'aim', manipulation: 'json-patch' });
  });

  it.each([
    null,
    '',
    'vcdiff',
    'diffe, gzip;q=0.3',
    'identity',
    '*',
    'json-patch;q=0',
    'json-patch;q=0.',
    'json-patch;q=0.0',
    'json-patch;q=0.000',
    'json-patch;q="0"',
    'json-patch;q=0, json-patch',
    'json-patch2',
    'x-json-patch',
    'json_patch',
    'vcdiff;json-patch',
    '__proto__',
  ])('[S3] %j takes none', (header) => {
    expect(parseAim(header)).toEqual({ kind: 'aim', manipulation: 'none' });
  });

  it.each([
    'application/json-patch+json',
    'json-patch=1',
    'json patch',
    'json-patch;q',
    'json-patch;q=',
    'json-patch;q=2',
    'json-patch;q=1.1',
    'json-patch;q=-0',
    'json-patch;q=0.0001',
    'json-patch;q=.5',
    'json-patch;q=1e0',
    'json-patch;q=x',
    'vcdiff;q=x, json-patch',
    'json-patch;q=1;q=x',
    '"json-patch"',
    'json-patch"',
    'json-patch;;=',
    ';q=1',
    '<json-patch>',
    'json-patch\n',
    'json-patch\0',
    'jsön-patch',
  ])('[J10] %j is refused', (header) => {
    expect(parseAim(header)).toMatchObject({ kind: 'problem', problem: { name: 'invalid-header' } });
  });

  it('[J10] more than 4 KB are refused', () => {
    for (const header of [`json-patch${' '.repeat(4_096)}`, 'a,'.repeat(1_000_000)]) {
      expect(parseAim(header)).toMatchObject({ kind: 'problem', problem: { name: 'invalid-header' } });
    }
  });

  it('gets an answer whatever it is', () => {
    const seen = { aim: 0, problem: 0 };
    holds(
      fc.property(hostileText('json-patch;q=01.,"'), (header) => {
        seen[parseAim(header).kind] += 1;
      }),
    );
    expect(Math.min(seen.aim, seen.problem)).toBeGreaterThan(10);
  });
});
