import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePrefer } from '../../../../../src/server/http/request/prefer.ts';
import { holds, hostileText } from '../../../../support/property.ts';

const prefer = (members: object): object => ({ kind: 'prefer', ...members });

describe('Prefer (RFC 7240)', () => {
  it.each([
    [null, {}],
    ['', {}],
    [' , ,', {}],
    ['wait=5', { wait: 5 }],
    ['wait=0', { wait: 0 }],
    ['wait=007', { wait: 7 }],
    ['wait="5"', { wait: 5 }],
    ['wait = 5', { wait: 5 }],
    ['WAIT=5', { wait: 5 }],
    ['wait=5; foo=bar', { wait: 5 }],
    ['wait=5;;', { wait: 5 }],
    ['return=minimal', { return: 'minimal' }],
    ['return=representation', { return: 'representation' }],
    ['Return="Representation"', { return: 'representation' }],
    ['drain', { drain: true }],
    ['drain=""', { drain: true }],
    ['precheck', { precheck: true }],
    [
      'wait=5, return=representation, drain, precheck',
      { wait: 5, return: 'representation', drain: true, precheck: true },
    ],
    ['\twait=5\t,\tdrain\t', { wait: 5, drain: true }],
    [',,wait=5,,drain,,', { wait: 5, drain: true }],
  ])('%j', (header, members) => {
    expect(parsePrefer(header)).toEqual(prefer(members));
  });

  it.each(['wait=26', 'wait=3600', 'wait=4294967296', `wait=${'9'.repeat(400)}`])(
    '[Q11] [S5] %s is 25 seconds',
    (header) => {
      expect(parsePrefer(header)).toEqual(prefer({ wait: 25 }));
    },
  );

  it.each([
    'respond-async',
    'handling=lenient',
    'foo; bar="a, b; c"; baz',
    'foo="a\\"b\\\\, drain"',
    'depth-noroot, odata.maxpagesize=10',
    'x-drain, drained, pre-check, waits=5',
    '__proto__, constructor=1, toString',
    '*',
    'foo="\xff"',
  ])('[J10] %j is unknown and ignored', (header) => {
    expect(parsePrefer(header)).toEqual(prefer({}));
    expect(parsePrefer(`${header}, wait=3`)).toEqual(prefer({ wait: 3 }));
  });

  it.each([
    ['wait=1, wait=2', { wait: 1 }],
    ['wait=1, Wait=x', { wait: 1 }],
    ['return=minimal, return=representation', { return: 'minimal' }],
    ['drain, drain=no', { drain: true }],
  ])('of %j the first counts', (header, members) => {
    expect(parsePrefer(header)).toEqual(prefer(members));
  });

  it.each([
    'wait',
    'wait=""',
    'wait=-1',
    'wait=+1',
    'wait=1.5',
    'wait=1e1',
    'wait=0x1',
    'wait=five',
    'wait=5s',
    'wait=NaN',
    'wait=Infinity',
    'wait=" 5"',
    'wait=x, wait=5',
    'return',
    'return=""',
    'return=maximal',
    'return=minimal2',
    'drain=1',
    'drain=false',
    'precheck=no',
  ])('[J10] %j asks for what there is not', (header) => {
    expect(parsePrefer(header)).toMatchObject({ kind: 'problem', problem: { name: 'invalid-header' } });
  });

  it.each([
    'wait=',
    '=5',
    'wait=5=6',
    'wait==5',
    'wait 5',
    'wait=5 drain',
    'drain precheck',
    'wait:5',
    'wait="5',
    'wait=5"',
    'wait="5"6',
    'foo="\\',
    'foo="\x01"',
    'foo="\x7f"',
    ';',
    ';wait=5',
    ',;wait=5',
    'drain,;q=1',
    'drain;=1',
    '{"wait":5}',
    'wait=5\n',
    'wait=5\r\nX: y',
    'drain\0',
    'drän',
    'foo="€"',
    '(drain)',
    '[drain]',
    'a/b',
  ])('[J10] %j does not parse', (header) => {
    expect(parsePrefer(header)).toMatchObject({ kind: 'problem', problem: { name: 'invalid-header' } });
  });

  it('[J10] more than 4 KB do not parse', () => {
    expect(parsePrefer(`foo="${'x'.repeat(4_090)}"`)).toEqual(prefer({}));
    for (const header of [
      `foo="${'x'.repeat(4_091)}"`,
      'a,'.repeat(100_000),
      ' '.repeat(1_000_000),
      '"'.repeat(1_000_000),
    ]) {
      expect(parsePrefer(header)).toMatchObject({ kind: 'problem' });
    }
  });

  it('gets an answer whatever it is', () => {
    const seen = { prefer: 0, problem: 0 };
    holds(
      fc.property(hostileText('wait=25,;"\\ \tdrn'), (header) => {
        seen[parsePrefer(header).kind] += 1;
      }),
    );
    expect(Math.min(seen.prefer, seen.problem)).toBeGreaterThan(10);
  });

  it('reads back what is written by the RFC', () => {
    const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}$/);
    const quoted = fc.string({ unit: 'grapheme-ascii' }).map((text) => `"${text.replace(/[\\"]/g, '\\$&')}"`);
    const pair = fc
      .tuple(token, fc.option(fc.oneof(token, quoted)))
      .map(([name, value]) => (value === null ? name : `${name}=${value}`));
    const item = fc
      .tuple(pair, fc.array(pair, { maxLength: 2 }))
      .map(([first, others]) => [first, ...others].join('; '));
    const unknown = fc.array(
      item.filter((text) => !/^(wait|return|drain|precheck)\b/i.test(text)),
      { maxLength: 4 },
    );
    holds(
      fc.property(unknown, unknown, (before, after) => {
        expect(parsePrefer([...before, 'wait=7', ...after].join(', '))).toEqual(prefer({ wait: 7 }));
      }),
    );
  });
});
