import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueAt } from '../../../../src/core/json/locate.ts';
import { applyPatch } from '../../../../src/core/patch/json-patch.ts';
import { restrictPatch } from '../../../../src/core/patch/restrict-patch.ts';
import { Tree } from '../../../../src/core/state/tree.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import type { PatchOperation } from '../../../../src/protocol/patch.ts';
import { seedOf } from '../../../support/seed.ts';

const state = (): Json => ({
  a: { b: 1, list: [{ x: 1 }, { x: 2 }, { x: 3 }] },
  ab: { b: 2 },
  'a/b': 1,
  0: { 1: 'no array' },
});

/** Restricts a patch as a tree records it. */
const narrowed = (operations: PatchOperation[], path: string, before = state()) => {
  const tree = new Tree(before);
  applyPatch(tree, operations);
  const patch = tree.commit().map((text) => JSON.parse(text) as PatchOperation);
  return { result: restrictPatch(tree.root, patch, path), after: tree.root };
};

describe('[W5] [V8] narrowing a patch to a part', () => {
  it('what happens elsewhere does not touch it, also under a name that begins the same', () => {
    for (const path of ['/ab/b', '/a~1b', '/0/1']) {
      expect(narrowed([{ op: 'replace', path, value: 9 }], '/a').result).toEqual({ kind: 'untouched' });
    }
  });

  it('what happens inside is relative to it', () => {
    expect(narrowed([{ op: 'replace', path: '/a/b', value: 9 }], '/a').result).toEqual({
      kind: 'patch',
      operations: [{ op: 'replace', path: '/b', value: 9 }],
    });
  });

  it('what happens to it, or above it, replaces it', () => {
    for (const path of ['/a/list/1', '/a/list', '/a', '']) {
      expect(narrowed([{ op: 'replace', path, value: {} }], '/a/list/1').result.kind).toBe('replaced');
    }
    expect(narrowed([{ op: 'remove', path: '/a' }], '/a/b').result.kind).toBe('replaced');
  });

  it('an element that comes or goes before it moves it; one behind it does not', () => {
    const at = (operation: PatchOperation) => narrowed([operation], '/a/list/1').result.kind;
    expect(at({ op: 'add', path: '/a/list/0', value: 1 })).toBe('replaced');
    expect(at({ op: 'remove', path: '/a/list/0' })).toBe('replaced');
    expect(at({ op: 'add', path: '/a/list/1', value: 1 })).toBe('replaced');
    expect(at({ op: 'add', path: '/a/list/2', value: 1 })).toBe('untouched');
    expect(at({ op: 'add', path: '/a/list/-', value: 1 })).toBe('untouched');
    expect(at({ op: 'remove', path: '/a/list/2' })).toBe('untouched');
  });

  it('a key that looks like an index moves nothing', () => {
    expect(narrowed([{ op: 'add', path: '/0/0', value: 1 }], '/0/1').result).toEqual({ kind: 'untouched' });
  });

  it('whatever happens: the part before, with what was narrowed, is the part after', () => {
    const paths = ['/a', '/a/list', '/a/list/0', '/a/list/1', '/a/list/1/x', '/ab', '/0/1', '/a/new'];
    const place = fc.constantFrom(...paths, '/a/list/2', '/a/list/-', '/a/b', '/0/0', '/a/list/0/y', '');
    const value = fc.constantFrom<Json>(1, 'text', { x: 5 }, [1, { x: 7 }], { list: [{ x: 9 }, 2], b: 1 });
    const operation = fc.oneof(
      fc.record({ op: fc.constantFrom('add' as const, 'replace' as const), path: place, value }),
      fc.record({ op: fc.constant('remove' as const), path: place }),
      fc.record({ op: fc.constantFrom('move' as const, 'copy' as const), from: place, path: place }),
    );
    const kinds = { untouched: 0, patch: 0, replaced: 0 };
    fc.assert(
      fc.property(
        fc.array(operation, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(...paths),
        (operations, path) => {
          const before = state();
          const part = structuredClone(valueAt(before, path));
          let run: ReturnType<typeof narrowed>;
          try {
            run = narrowed(operations as PatchOperation[], path);
          } catch {
            return;
          }
          kinds[run.result.kind] += 1;
          const after = valueAt(run.after, path);
          if (run.result.kind === 'untouched') expect(after).toEqual(part);
          if (run.result.kind !== 'patch') return;
          const tree = new Tree(structuredClone(part) as Json);
          applyPatch(tree, run.result.operations);
          tree.commit();
          expect(tree.root).toEqual(after);
        },
      ),
      { seed: seedOf('narrow'), numRuns: 5_000 },
    );
    for (const count of Object.values(kinds)) expect(count).toBeGreaterThan(20);
  });
});
