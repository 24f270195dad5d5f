import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { document } from '../../../../src/applications/document.ts';
import type { PendingChange } from '../../../../src/client/push/pending-queue.ts';
import { patchImmutably } from '../../../../src/client/state/immutable-patch.ts';
import { OptimisticView } from '../../../../src/client/state/optimistic-view.ts';
import { applyUpdate } from '../../../../src/client/state/state-update.ts';
import { reduce } from '../../../../src/core/drain/reduce.ts';
import { Tree } from '../../../../src/core/state/tree.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import type { PatchOperation } from '../../../../src/protocol/patch.ts';
import { holds } from '../../../support/property.ts';
import { anyJson, anyState, clone, KEYS } from '../../core/model.ts';

const pointer = fc
  .array(fc.constantFrom('a', 'b', '0', '1', '-', 'list'), { maxLength: 3 })
  .map((tokens) => tokens.map((token) => `/${token}`).join(''));
const operation = fc.oneof(
  fc.record({ op: fc.constantFrom('add', 'replace'), path: pointer, value: anyJson }),
  fc.record({ op: fc.constant('remove'), path: pointer }),
  fc.record({ op: fc.constantFrom('move', 'copy'), from: pointer, path: pointer }),
);
const change = fc.oneof(
  fc.record({
    name: fc.constant('merge'),
    args: fc.dictionary(fc.constantFrom(...KEYS), anyJson, { noNullPrototype: true }),
  }),
  fc.record({ name: fc.constant('patch'), args: fc.array(operation, { maxLength: 4 }) }),
);

/** The state that the server makes of a change, and the patch that it sends. */
const served = (state: Json, { name, args }: { name: string; args: unknown }) => {
  const tree = new Tree(clone(state));
  const unit = [{ seq: 1, client: 'c', n: 1, user: 'u', at: 0, name, args: clone(args) as Json }] as const;
  const reduced = reduce(tree, unit, { definition: document, epoch: 'e', version: 0, clock: () => 0 });
  const patch = reduced.kind === 'applied' ? (JSON.parse(`[${reduced.operations}]`) as PatchOperation[]) : [];
  return { state: clone(tree.root), patch };
};

const pendingOf = (changes: readonly { name: string; args: unknown }[], first = 0): PendingChange[] =>
  changes.map(({ name, args }, index) => ({ id: `p${first + index}`, name, args: clone(args) as Json, at: 0 }));

const shownBy = (view: OptimisticView, pending: readonly PendingChange[]): Json => {
  view.rebase(pending, 'c');
  return view.shown;
};

describe('the view', () => {
  it('[S4] [V3] [W6] a patch makes exactly the server’s state, and does not change the old one', () => {
    holds(
      fc.property(anyState, change, (state, pushed) => {
        const { state: expected, patch } = served(state, pushed);
        const before = JSON.stringify(state);
        expect(patchImmutably(state, patch)).toEqual(expected);
        expect(JSON.stringify(state)).toBe(before);
      }),
    );
  });

  it('the confirmed state with the pending changes is the state that the server will make', () => {
    holds(
      fc.property(
        anyState,
        fc.array(change, { maxLength: 6 }),
        fc.array(change, { maxLength: 3 }),
        (state, mine, theirs) => {
          const view = new OptimisticView(document, () => ({ user: 'u', role: 'writer', claims: {} }));
          view.confirm({ epoch: 'e', version: 1, state }, undefined);
          const pending = pendingOf(mine);
          let confirmed = state;
          const expected = (): Json => mine.reduce<Json>((sum, each) => served(sum, each).state, confirmed);
          for (let shown = 0; shown <= pending.length; shown += 1) shownBy(view, pending.slice(0, shown));
          expect(shownBy(view, pending)).toEqual(expected());
          // Others change the confirmed state, by patches as in polls.
          for (const [index, each] of theirs.entries()) {
            const step = served(confirmed, each);
            confirmed = patchImmutably(confirmed, step.patch) as Json;
            view.confirm({ epoch: 'e', version: 2 + index, state: confirmed }, step.patch);
            expect(shownBy(view, pending)).toEqual(expected());
          }
          expect(shownBy(view, [])).toEqual(confirmed);
          expect(shownBy(view, pending.slice(1))).toEqual(
            mine.slice(1).reduce<Json>((sum, each) => served(sum, each).state, confirmed),
          );
        },
      ),
    );
  });

  it('a part that no change has reached is the same object', () => {
    const view = new OptimisticView(document, () => ({ user: 'u', role: 'writer', claims: {} }));
    const state = { left: { deep: [1, 2] }, right: { deep: [3] } };
    view.confirm({ epoch: 'e', version: 1, state }, undefined);
    const shown = shownBy(view, pendingOf([{ name: 'merge', args: { right: { more: true } } }])) as typeof state;
    expect(shown).toEqual({ left: { deep: [1, 2] }, right: { deep: [3], more: true } });
    expect([shown.left === state.left, shown.right === state.right, shown.right.deep === state.right.deep]).toEqual([
      true,
      false,
      true,
    ]);
    expect(state.right).toEqual({ deep: [3] });
  });

  it('[S10] [S11] [W6] an older state is ignored, and a patch from another version is a gap', () => {
    const known = { epoch: 'e1', version: 5, state: { a: 1 } };
    const patch = (from: number, to: number, epoch = 'e1') =>
      applyUpdate(known, { kind: 'patch', epoch, from, to, patch: [{ op: 'add', path: '/b', value: 2 }] }, {}).kind;
    expect([patch(5, 6), patch(4, 5), patch(3, 4), patch(4, 6), patch(6, 7), patch(5, 6, 'e2')]).toEqual([
      'advanced',
      'stale',
      'stale',
      'gap',
      'gap',
      'gap',
    ]);
    const state = (epoch: string, version: number) =>
      applyUpdate(known, { kind: 'state', epoch, version, state: {} }, {}).kind;
    expect([state('e1', 4), state('e1', 5), state('e1', 6), state('e2', 0)]).toEqual([
      'stale',
      'stale',
      'advanced',
      'new-epoch',
    ]);
    expect(
      applyUpdate(known, { kind: 'patch', epoch: 'e1', from: 5, to: 6, patch: [{ op: 'remove', path: '/no' }] }, {})
        .kind,
    ).toBe('gap');
  });
});
