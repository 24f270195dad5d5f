import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIfMatch, parseIfNoneMatch } from '../../../../../src/server/http/request/entity-tags.ts';
import { holds, hostileText } from '../../../../support/property.ts';

const tags = (count: number): string[] => Array.from({ length: count }, (_, n) => `"e.${n}"`);

describe.each([
  ['If-Match', parseIfMatch],
  ['If-None-Match', parseIfNoneMatch],
])('%s', (_, parse) => {
  it.each([
    [null, undefined],
    ['*', '*'],
    ['"e.1"', ['"e.1"']],
    ['""', ['""']],
    ['"a", "b"', ['"a"', '"b"']],
    ['"a","b"', ['"a"', '"b"']],
    ['"a"\t,\t "b" ', ['"a"', '"b"']],
    [',"a",, "b",', ['"a"', '"b"']],
    ['"a,b"', ['"a,b"']],
    ['"*"', ['"*"']],
    ['"W/"', ['"W/"']],
    ['"\\"', ['"\\"']],
    ['"\xe9"', ['"\xe9"']],
  ])('takes %j', (header, expected) => {
    expect(parse(header)).toEqual({ kind: 'condition', tags: expected });
  });

  it.each([
    '',
    ' ',
    ',',
    ' , ,',
    'e.1',
    '"e.1',
    'e.1"',
    "'e.1'",
    '"a" "b"',
    '"a""b"',
    '"a";"b"',
    '"a" x',
    'x "a"',
    '*, "a"',
    '"a", *',
    '**',
    'w/"a"',
    'W/a',
    'W/',
    'W /"a"',
    'W/W/"a"',
    '"a b"',
    '"a\tb"',
    '"a\nb"',
    '"a\0"',
    '"a\x7f"',
    '"€"',
    '"a"\n',
    'undefined',
    'null',
  ])('[J10] refuses %j', (header) => {
    expect(parse(header)).toMatchObject({ kind: 'problem', problem: { name: 'invalid-header' } });
  });

  it('[J10] takes 16 tags and refuses 17', () => {
    expect(parse(tags(16).join())).toEqual({ kind: 'condition', tags: tags(16) });
    expect(parse(tags(17).join())).toMatchObject({
      kind: 'problem',
      problem: { name: 'invalid-header', limit: 16 },
    });
    expect(parse(`${'W/"a",'.repeat(16)}"b"`)).toMatchObject({ kind: 'problem' });
  });

  it('[J10] refuses more than 4 KB', () => {
    for (const header of [`"${'x'.repeat(4_095)}"`, ','.repeat(1_000_000), ' '.repeat(1_000_000)]) {
      expect(parse(header)).toMatchObject({ kind: 'problem', problem: { name: 'invalid-header' } });
    }
  });

  it('gets an answer whatever it is', () => {
    const seen = { condition: 0, problem: 0 };
    const list = fc.array(fc.constantFrom('"a"', 'W/"b"', ',', ' ', '"', '*'), { maxLength: 6 });
    holds(
      fc.property(
        fc.oneof(
          hostileText('W/",* a\\'),
          list.map((each) => each.join('')),
        ),
        (header) => {
          seen[parse(header).kind] += 1;
        },
      ),
    );
    expect(Math.min(seen.condition, seen.problem)).toBeGreaterThan(10);
  });
});

describe('weak tags', () => {
  it('[Q12] are legal in If-Match and match nothing', () => {
    expect(parseIfMatch('W/"a", "b"')).toEqual({ kind: 'condition', tags: ['"b"'] });
    expect(parseIfMatch('W/"a"')).toEqual({ kind: 'condition', tags: [] });
  });

  it('[S2] count as the strong ones in If-None-Match', () => {
    expect(parseIfNoneMatch('W/"a", "b", "W/"')).toEqual({ kind: 'condition', tags: ['"a"', '"b"', '"W/"'] });
  });
});
