import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applicationName, applicationNamed } from '../../../src/protocol/ids.ts';
import { encodeOwner, isSubject, parseOwner } from '../../../src/protocol/owners.ts';
import { canonicalGrantName, canonicalGrants } from '../../../src/server/access/grants.ts';
import { holds } from '../../support/property.ts';

const subject = fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }).filter(isSubject);

describe('[I4] owners', () => {
  it.each([
    ['alice', 'alice'],
    ['a.b_c~d-', 'a.b_c~d-'],
    ['auth0|5f', 'auth0%7C5f'],
    ['-AbC', '-AbC'],
    ['a+b/c=', 'a%2Bb%2Fc%3D'],
    ['ann@example.org', 'ann%40example.org'],
    ['jörg', 'j%C3%B6rg'],
    ["!'()*", '%21%27%28%29%2A'],
    ['a%2Fb', 'a%252Fb'],
  ])('%j is spelled %s', (owner, encoded) => {
    expect(encodeOwner(owner)).toBe(encoded);
    expect(parseOwner(encoded)).toBe(owner);
  });

  it('encoding is reversible, has no slash, and gives each subject a name of its own', () => {
    holds(
      fc.property(subject, subject, (one, other) => {
        const encoded = encodeOwner(one);
        expect(encoded).toMatch(/^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+$/);
        expect(encoded === encodeOwner(other)).toBe(one === other);
        if (encoded.length > 768 || /^\.\.?$/.test(one)) return;
        expect(parseOwner(encoded)).toBe(one);
        expect(applicationNamed(applicationName({ owner: one, app: 'x' }))).toEqual({ owner: one, app: 'x' });
      }),
    );
  });

  it.each(['', '.', '..', '%2e', '%2E%2e', '%', '%zz', 'a%ff', '%c0%af', 'a%00', '%ED%A0%80', 'a'.repeat(257)])(
    '%j is none',
    (encoded) => {
      expect(parseOwner(encoded)).toBeUndefined();
    },
  );
});

describe('[A2] [I4] grants', () => {
  it('have one canonical name, and the higher of two roles', () => {
    const claim = { 'a%7cb/x': 'reader', 'a|b/x': 'writer', 'a%7Cb/*': 'admin', 'bob/board': 'reader' };
    expect(canonicalGrants(claim)).toEqual({ 'a%7Cb/x': 'writer', 'a%7Cb/*': 'admin', 'bob/board': 'reader' });
  });

  it.each([
    '*/x',
    '*/*',
    'a/b/c',
    '%/x',
    'a%00/x',
    '../x',
    '%2e%2e/x',
    'a/',
    '/x',
    'a/%61',
    'a/*b',
    'a',
    'a /x',
    'a?b/x',
    'a#/x',
    'a\\b/x',
  ])('%j names nothing', (name) => {
    expect(canonicalGrantName(name)).toBeUndefined();
    expect(canonicalGrants({ [name]: 'reader' })).toBeUndefined();
  });
});
