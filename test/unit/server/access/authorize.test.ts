import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseApplicationId } from '../../../../src/protocol/ids.ts';
import type { Owner } from '../../../../src/protocol/owners.ts';
import { problemBody, unknownApplication } from '../../../../src/protocol/problems.ts';
import { authorize, authorizeListing } from '../../../../src/server/access/authorize.ts';
import { type Principal, ROLES, type Role } from '../../../../src/server/access/principal.ts';
import { holds } from '../../../support/property.ts';

type Grants = Readonly<Record<string, Role>>;

const tokenOf = (subject: string, apps: Grants = {}): Principal => ({ kind: 'token', subject, apps, expires: 0 });

const application = (name: string) => {
  const [owner = '', app = ''] = name.split('/');
  const id = parseApplicationId(owner, app);
  if (id === undefined) throw new Error(name);
  return id;
};

/** The results for reader, writer and admin: `granted` or the problem's name. */
const verdicts = (principal: Principal, name: string): string[] =>
  ROLES.map((needed) => {
    const verdict = authorize(principal, application(name), needed);
    return verdict === 'granted' ? verdict : verdict.name;
  });

const ADMIN = ['granted', 'granted', 'granted'];
const WRITER = ['granted', 'granted', 'forbidden'];
const READER = ['granted', 'forbidden', 'forbidden'];
const NOBODY = ['unknown-application', 'unknown-application', 'unknown-application'];

describe('rights in an application', () => {
  it.each<[string, Grants, string, readonly string[]]>([
    ['alice', {}, 'alice/notes', ADMIN],
    ['alice', { 'alice/notes': 'reader' }, 'alice/notes', ADMIN],
    ['alice', { 'alice/*': 'reader' }, 'alice/notes', ADMIN],
    ['alice', {}, 'bob/board', NOBODY],
    ['alice', { 'bob/board': 'reader' }, 'bob/board', READER],
    ['alice', { 'bob/board': 'writer' }, 'bob/board', WRITER],
    ['alice', { 'bob/board': 'admin' }, 'bob/board', ADMIN],
    ['alice', { 'bob/*': 'reader' }, 'bob/board', READER],
    ['alice', { 'bob/*': 'writer' }, 'bob/board', WRITER],
    ['alice', { 'bob/*': 'admin' }, 'bob/board', ADMIN],
    ['alice', { 'bob/*': 'reader', 'bob/board': 'writer' }, 'bob/board', WRITER],
    ['alice', { 'bob/*': 'writer', 'bob/board': 'reader' }, 'bob/board', WRITER],
    ['alice', { 'bob/board': 'reader', 'bob/*': 'admin' }, 'bob/board', ADMIN],
    ['alice', { 'bob/board': 'admin' }, 'bob/list', NOBODY],
    ['alice', { 'bob/board': 'admin' }, 'bob/boards', NOBODY],
    ['alice', { 'bob/board': 'admin' }, 'bob/Board', NOBODY],
    ['alice', { 'bob/board': 'admin' }, 'carol/board', NOBODY],
    ['alice', { 'bob/*': 'admin' }, 'bobby/board', NOBODY],
    // Names match character by character; owners and subjects do, too.
    ['Alice', {}, 'alice/notes', NOBODY],
    ['alice/notes', {}, 'alice/notes', NOBODY],
    ['*', {}, 'alice/notes', NOBODY],
    ['alice', {}, 'constructor/prototype', NOBODY],
    ['alice', {}, 'toString/valueOf', NOBODY],
    // A parser would not let these pass; nor would they be worth anything.
    ['alice', { '*': 'admin', '*/*': 'admin', bob: 'admin', 'bob/': 'admin' }, 'bob/board', NOBODY],
    ['alice', JSON.parse('{"__proto__":{"bob/board":"admin"}}') as Grants, 'bob/board', NOBODY],
    ['alice', Object.create({ 'bob/board': 'admin', 'bob/*': 'admin' }) as Grants, 'bob/board', NOBODY],
    ['alice', { 'bob/board': 'toString' as Role }, 'bob/board', NOBODY],
  ])('[A2] [A3] [A4] %s with %j in %s', (subject, apps, name, expected) => {
    expect(verdicts(tokenOf(subject, apps), name)).toEqual(expected);
  });

  it('[A6] open access is admin everywhere', () => {
    expect(verdicts({ kind: 'open', subject: 'anonymous' }, 'bob/board')).toEqual(ADMIN);
  });

  it.each([
    ['reader', 'writer'],
    ['reader', 'admin'],
    ['writer', 'admin'],
  ] as const)('[A4] %s where %s is needed gets the needed role in the answer', (held, needed) => {
    const verdict = authorize(tokenOf('alice', { 'bob/board': held }), application('bob/board'), needed);
    expect(verdict).toMatchObject({ name: 'forbidden', needed, detail: expect.stringContaining(held) });
  });

  it('[A3] an application of another owner looks exactly like one that does not exist', () => {
    const answers = ['bob/board', 'bob/none', 'nobody/none'].map((name) => {
      const verdict = authorize(tokenOf('alice'), application(name), 'reader');
      return verdict === 'granted' ? verdict : JSON.stringify(problemBody(verdict));
    });
    // What the object itself answers when it holds nothing.
    const missing = JSON.stringify(problemBody(unknownApplication()));
    expect(answers).toEqual([missing, missing, missing]);
  });

  it('[A2] more grants never mean fewer rights, and a role includes the ones before', () => {
    const role = fc.constantFrom(...ROLES);
    const grants = fc.dictionary(fc.constantFrom('bob/board', 'bob/*', 'bob/list', 'carol/*'), role);
    const count = (apps: Grants): number =>
      verdicts(tokenOf('alice', apps), 'bob/board').filter((verdict) => verdict === 'granted').length;
    holds(
      fc.property(grants, grants, (some, more) => {
        const apps = Object.fromEntries(
          [...Object.entries(some), ...Object.entries(more)].filter(([name, held]) => {
            const other = some[name];
            return other === undefined || ROLES.indexOf(held) >= ROLES.indexOf(other);
          }),
        );
        expect(count(apps)).toBeGreaterThanOrEqual(count(some));
        const found = verdicts(tokenOf('alice', some), 'bob/board');
        expect([ADMIN, WRITER, READER, NOBODY]).toContainEqual(found);
      }),
    );
  });
});

describe("an owner's list", () => {
  it.each<[string, Grants, 'granted' | 'unknown-application']>([
    ['bob', {}, 'granted'],
    ['alice', { 'bob/*': 'reader' }, 'granted'],
    ['alice', { 'bob/*': 'admin' }, 'granted'],
    ['alice', {}, 'unknown-application'],
    ['alice', { 'bob/board': 'admin' }, 'unknown-application'],
    ['alice', { 'carol/*': 'admin' }, 'unknown-application'],
    ['alice', Object.create({ 'bob/*': 'admin' }) as Grants, 'unknown-application'],
  ])('[A3] [L4] of bob, for %s with %j: %s', (subject, apps, expected) => {
    const verdict = authorizeListing(tokenOf(subject, apps), 'bob' as Owner);
    expect(verdict === 'granted' ? verdict : verdict.name).toBe(expected);
    if (verdict !== 'granted') expect(verdict).toEqual(unknownApplication());
  });

  it('[A6] is open under open access', () => {
    expect(authorizeListing({ kind: 'open', subject: 'anonymous' }, 'bob' as Owner)).toBe('granted');
  });
});
