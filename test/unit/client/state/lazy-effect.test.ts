import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patchImmutably } from '../../../../src/client/state/immutable-patch.ts';
import { lazyEffect } from '../../../../src/client/state/lazy-effect.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import type { PatchOperation } from '../../../../src/protocol/patch.ts';
import { holds } from '../../../support/property.ts';

const key = fc.constantFrom('a', 'b', 'c');
const write = fc
  .tuple(key, fc.integer())
  .map(([name, value]): PatchOperation => ({ op: 'add', path: `/${name}`, value }));
const change = fc.array(write, { minLength: 1, maxLength: 3 });

describe('the effect of a change among others', () => {
  it('has the states around it, also when it is read after later changes', () => {
    holds(
      fc.property(fc.array(change, { minLength: 1, maxLength: 10 }), (changes) => {
        const base: Json = { a: 0, still: { deep: true } };
        const all: PatchOperation[] = [];
        const effects = changes.map((operations) => {
          const effect = lazyEffect(base, all, all.length, operations);
          all.push(...operations);
          return effect;
        });
        let state: Json = base;
        for (const [index, { before, after }] of effects.entries()) {
          expect(before).toEqual(state);
          state = patchImmutably(state, changes[index] ?? []) as Json;
          expect(after).toEqual(state);
          expect((after as typeof base).still).toBe(base.still);
        }
      }),
    );
  });

  it('makes no state until it is read, and each once', () => {
    const base = { list: {} };
    let copies = 0;
    const watched = new Proxy(base, {
      ownKeys: (target) => {
        copies += 1;
        return Reflect.ownKeys(target);
      },
    });
    const effect = lazyEffect(watched, [{ op: 'add', path: '/a', value: 1 }], 1, [{ op: 'add', path: '/b', value: 2 }]);
    expect(copies).toBe(0);
    expect([effect.after, effect.after, effect.before]).toEqual([
      { list: {}, a: 1, b: 2 },
      effect.after,
      { list: {}, a: 1 },
    ]);
    expect(copies).toBe(1);
  });
});
