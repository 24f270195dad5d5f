import { describe, expect, it } from 'vitest';
import { parseMinVersion } from '../../../../../src/server/http/request/min-version.ts';

describe('Min-Version', () => {
  it.each([
    [null, 0],
    ['0', 0],
    ['1', 1],
    ['10', 10],
    ['9007199254740991', 9007199254740991],
  ])('[S7] %j', (header, version) => {
    expect(parseMinVersion(header)).toEqual({ kind: 'min-version', version });
  });

  it.each([
    '',
    ' ',
    '00',
    '01',
    '-0',
    '-1',
    '+1',
    '1.0',
    '1e3',
    '0x10',
    '1_000',
    '1,000',
    '1, 1',
    '"1"',
    '1n',
    ' 1',
    '1\n',
    '٣',
    'NaN',
    'Infinity',
    'null',
    '"e.1"',
    'e.1',
    '9007199254740992',
    '9007199254740993',
    '9'.repeat(400),
  ])('[J10] %j is refused', (header) => {
    expect(parseMinVersion(header)).toMatchObject({ kind: 'problem', problem: { name: 'invalid-header' } });
  });
});
