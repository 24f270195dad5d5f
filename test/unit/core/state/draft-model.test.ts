import fc from 'fast-check';
import { applyPatch as applyByRfc6902 } from 'rfc6902';
import { describe, expect, it } from 'vitest';
import { applyReturned } from '../../../../src/core/state/draft.ts';
import type { Tree } from '../../../../src/core/state/tree.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import { holds } from '../../../support/property.ts';
import {
  anyJson,
  anyState,
  clone,
  KEYS,
  type Loose,
  openDraft,
  operationsIn,
  replayed,
  sizeProblem,
  textOf,
  treeOf,
} from '../model.ts';

// Every step is done twice: through the draft, and on a plain copy of the state. Whatever is assigned is copied on
// the plain side, because that is what the draft does; everything else is plain JavaScript on both sides.

/** One step, resolved against whatever state it meets: `at` picks a container, `picks` keys, places and counts. */
interface Step {
  readonly act: Act;
  readonly at: number;
  readonly picks: readonly [number, number, number];
  readonly key: string;
  readonly values: readonly Json[];
}

/** The two sides of a change, and references that both keep across steps. */
interface Sides {
  readonly tree: Tree;
  draft: Loose;
  model: Loose;
  readonly kept: { readonly draft: Loose; readonly model: Loose }[];
  /** A write was refused and the refusal caught: the change must fail as a whole. */
  isDoomed: boolean;
}

interface Spot extends Pick<Sides, 'draft' | 'model'> {
  readonly sides: Sides;
}

const isContainer = (each: unknown): each is Loose => typeof each === 'object' && each !== null;

/** All containers of the model, each with the draft at the same path. */
const spotsIn = (sides: Sides): Spot[] => {
  const spots: Spot[] = [];
  const visit = (draft: Loose, model: Loose): void => {
    if (!isContainer(model)) return;
    spots.push({ sides, draft, model });
    for (const key of Object.keys(model)) visit(draft[key], model[key]);
  };
  visit(sides.draft, sides.model);
  return spots;
};

const pick = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;

const byText = (a: unknown, b: unknown): number => {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left === right ? 0 : left < right ? -1 : 1;
};

/** Acts that a reference to a copied and then removed container refuses; they are done to neither side. */
const COPIED = /was given a copy of this/;

const writeUnlessCopied = (write: () => void, same: () => void): void => {
  try {
    write();
  } catch (error) {
    expect(String(error)).toMatch(COPIED);
    return;
  }
  same();
};

/** The arguments in the middle of a range, relative to the end, or beyond it. */
const place = (length: number, n: number): number => (n % (2 * length + 3)) - length - 1;

const objectActs = {
  assign: ({ draft, model }: Spot, { key, values: [value] }: Step) => {
    draft[key] = clone(value);
    model[key] = clone(value);
  },
  'assign to a member that is there': ({ draft, model }: Spot, { picks, values: [value] }: Step) => {
    const key = pick(Object.keys(model), picks[0]);
    if (key === undefined) return;
    draft[key] = clone(value);
    model[key] = clone(value);
  },
  'assign undefined': ({ draft, model }: Spot, { picks, key }: Step) => {
    const written = pick([...Object.keys(model), key], picks[0]);
    draft[written] = undefined;
    delete model[written];
  },
  'write what is there': ({ draft, model }: Spot, { picks }: Step) => {
    const key = pick(Object.keys(model), picks[0]);
    const present = draft[key];
    if (key !== undefined) draft[key] = present;
  },
  delete: ({ draft, model }: Spot, { picks, key }: Step) => {
    const present = pick([...Object.keys(model), key], picks[0]);
    delete draft[present];
    delete model[present];
  },
  'delete and add again': ({ draft, model }: Spot, { picks, values: [value] }: Step) => {
    const key = pick(Object.keys(model), picks[0]);
    if (key === undefined) return;
    delete draft[key];
    delete model[key];
    draft[key] = clone(value);
    model[key] = clone(value);
  },
  'delete several': ({ draft, model }: Spot, { picks }: Step) => {
    for (const [index, key] of Object.keys(model).entries()) {
      if ((picks[0] >> (index % 8)) % 2 === 0) continue;
      delete draft[key];
      delete model[key];
    }
  },
  'Object.assign': ({ draft, model }: Spot, { key, values }: Step) => {
    const source = { [key]: values[0], b: values[1], z: values[2] ?? null };
    Object.assign(draft, clone(source));
    Object.assign(model, clone(source));
  },
  'take a subtree from elsewhere': ({ sides, draft, model }: Spot, { picks, key }: Step) => {
    const source = pick(spotsIn(sides), picks[0]);
    const copy = clone(source.model);
    draft[key] = source.draft;
    if (model[key] !== source.model) model[key] = copy;
  },
  'wrap a draft in something new': ({ draft, model }: Spot, { picks, key, values: [value] }: Step) => {
    const name = pick(Object.keys(model), picks[0]);
    if (name === undefined) return;
    const copy = clone(model[name]);
    draft[key] = { new: [draft[name], clone(value)] };
    model[key] = { new: [copy, clone(value)] };
  },
} as const;

const arrayActs = {
  'set an element': ({ draft, model }: Spot, { picks, values: [value] }: Step) => {
    const index = picks[0] % (model.length + 1);
    draft[index] = clone(value);
    model[index] = clone(value);
  },
  push: ({ draft, model }: Spot, { values }: Step) => {
    expect(draft.push(...clone(values))).toBe(model.push(...clone(values)));
  },
  pop: ({ sides, draft, model }: Spot) => keep(sides, draft.pop(), model.pop()),
  shift: ({ sides, draft, model }: Spot) => keep(sides, draft.shift(), model.shift()),
  unshift: ({ draft, model }: Spot, { values }: Step) => {
    expect(draft.unshift(...clone(values))).toBe(model.unshift(...clone(values)));
  },
  splice: ({ sides, draft, model }: Spot, { picks, values }: Step) => {
    const [start, count] = [place(model.length, picks[0]), place(model.length, picks[1])];
    const argumentCount = picks[2] % 4;
    const draftArguments = [start, count, ...clone(values)].slice(0, argumentCount);
    const modelArguments = [start, count, ...clone(values)].slice(0, argumentCount);
    const [fromDraft, fromModel] = [draft.splice(...draftArguments), model.splice(...modelArguments)];
    expect(JSON.stringify(fromDraft)).toBe(JSON.stringify(fromModel));
    for (const [index, each] of fromModel.entries()) keep(sides, fromDraft[index], each);
  },
  sort: ({ draft, model }: Spot) => {
    expect(draft.sort(byText)).toBe(draft);
    model.sort(byText);
  },
  'sort without comparison': ({ draft, model }: Spot) => {
    if (model.some(isContainer)) return;
    draft.sort();
    model.sort();
  },
  reverse: ({ draft, model }: Spot) => {
    expect(draft.reverse()).toBe(draft);
    model.reverse();
  },
  fill: ({ draft, model }: Spot, { picks, values: [value] }: Step) => {
    const [start, end] = [place(model.length, picks[0]), place(model.length, picks[1])];
    expect(draft.fill(clone(value), start, end)).toBe(draft);
    const before = [...model];
    model.fill(value, start, end).forEach((each: unknown, index: number) => {
      if (each !== before[index]) model[index] = clone(each);
    });
  },
  copyWithin: ({ draft, model }: Spot, { picks }: Step) => {
    const range = picks.map((n) => place(model.length, n));
    expect(draft.copyWithin(...range)).toBe(draft);
    const before = [...model];
    const after = [...model].copyWithin(...(range as [number, number, number]));
    after.forEach((each, index) => {
      if (each !== before[index]) model[index] = clone(each);
    });
  },
  truncate: ({ draft, model }: Spot, { picks }: Step) => {
    const length = picks[0] % (model.length + 1);
    draft.length = length;
    model.length = length;
  },
  swap: ({ draft, model }: Spot, { picks }: Step) => {
    const [i, j] = [picks[0] % (model.length || 1), picks[1] % (model.length || 1)];
    if (model.length === 0) return;
    [draft[i], draft[j]] = [draft[j], draft[i]];
    if (i !== j) [model[i], model[j]] = [clone(model[j]), clone(model[i])];
  },
  'remove, change, push back': ({ draft, model }: Spot, { picks, key, values: [value] }: Step) => {
    const index = picks[0] % (model.length || 1);
    const [fromDraft] = draft.splice(index, 1);
    const [fromModel] = model.splice(index, 1);
    if (fromModel === undefined) return;
    if (isContainer(fromModel)) {
      const name = Array.isArray(fromModel) ? fromModel.length : key;
      writeUnlessCopied(
        () => {
          fromDraft[name] = clone(value);
        },
        () => {
          fromModel[name] = clone(value);
        },
      );
    }
    draft.push(fromDraft);
    model.push(clone(fromModel));
  },
  'change each': ({ draft, model }: Spot, { key, values: [value] }: Step) => {
    for (const each of draft) if (isContainer(each) && !Array.isArray(each)) each[key] = clone(value);
    for (const each of model) if (isContainer(each) && !Array.isArray(each)) each[key] = clone(value);
  },
  "the array's own generic methods": ({ draft, model }: Spot, { values: [value] }: Step) => {
    Array.prototype.push.call(draft, clone(value));
    Array.prototype.push.call(model, clone(value));
  },
} as const;

const rootActs = {
  'return a new state': ({ sides }: Spot, { values: [value] }: Step) => replaceRoot(sides, clone(value), clone(value)),
  'return a state made of the old': ({ sides }: Spot, { key, values: [value] }: Step) => {
    if (!isContainer(sides.model) || Array.isArray(sides.model)) return;
    const next = { ...clone(sides.model), [key]: clone(value) };
    replaceRoot(sides, { ...sides.draft, [key]: clone(value) }, next);
  },
  'return a part of the state': ({ sides }: Spot, { at }: Step) => {
    const { draft, model } = pick(spotsIn(sides), at);
    if (model !== sides.model) replaceRoot(sides, draft, clone(model));
  },
  'return the draft': ({ sides }: Spot) => applyReturned(sides.tree, sides.draft, sides.draft),
  'write to a reference kept from before': ({ sides }: Spot, { at, key, values: [value] }: Step) => {
    const kept = pick(sides.kept, at);
    if (kept === undefined) return;
    const name = Array.isArray(kept.model) ? kept.model.length : key;
    writeUnlessCopied(
      () => {
        kept.draft[name] = clone(value);
      },
      () => {
        kept.model[name] = clone(value);
      },
    );
  },
  'keep a reference': ({ sides, draft, model }: Spot) => keep(sides, draft, model),
  'refused writes that the reducer catches': ({ sides, draft, model }: Spot, { key, picks }: Step) => {
    const bad = pick([[undefined], Number.NaN, new Date(0), () => 1, '\ud800', 1n, { a: [undefined] }], picks[0]);
    expect(() => {
      if (Array.isArray(model)) draft.push(1, bad);
      else draft[key] = bad;
    }).toThrow();
    sides.isDoomed = true;
  },
} as const;

/** A new root is not seen by the draft that the reducer has: only a new change sees it. */
const replaceRoot = (sides: Sides, returned: unknown, model: unknown): void => {
  applyReturned(sides.tree, sides.draft, returned);
  sides.draft = openDraft(sides.tree);
  sides.model = model;
  sides.kept.length = 0;
};

const keep = (sides: Sides, draft: unknown, model: unknown): void => {
  expect(typeof draft).toBe(typeof model);
  if (isContainer(model)) sides.kept.push({ draft, model });
};

type Act = keyof typeof objectActs | keyof typeof arrayActs | keyof typeof rootActs;
const acts: Readonly<Record<string, (spot: Spot, step: Step) => void>> = {
  ...objectActs,
  ...arrayActs,
  ...rootActs,
};

/** Counts the acts of all runs: a property that skips everything holds too. */
const seen = new Set<string>();

const take = (sides: Sides, step: Step): void => {
  const wanted = step.act in objectActs ? 'object' : step.act in arrayActs ? 'array' : 'any';
  const spots = spotsIn(sides).filter(({ model }) => wanted === 'any' || Array.isArray(model) === (wanted === 'array'));
  const spot = pick(spots, step.at) ?? (step.act === 'return a new state' ? { sides, draft: 0, model: 0 } : undefined);
  if (spot === undefined) return;
  acts[step.act]?.(spot, step);
  seen.add(step.act);
  expect(JSON.stringify(sides.draft)).toBe(JSON.stringify(sides.model));
};

/** Acts that end a change early are rarer; acts on references kept from before are more frequent. */
const RARE: readonly Act[] = [
  ...(['return a new state', 'return a state made of the old', 'return a part of the state'] as const),
  'refused writes that the reducer catches',
];
const frequencyOf = (act: Act): number => {
  if (RARE.includes(act)) return 1;
  return act === 'write to a reference kept from before' ? 24 : 6;
};

const anyStep: fc.Arbitrary<Step> = fc.record({
  act: fc.oneof(
    ...(Object.keys(acts) as Act[]).map((act) => ({ weight: frequencyOf(act), arbitrary: fc.constant(act) })),
  ),
  at: fc.nat(1000),
  picks: fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000)),
  key: fc.constantFrom(...KEYS),
  values: fc.array(anyJson, { minLength: 1, maxLength: 3 }),
});

const anyChange = fc.record({
  steps: fc.array(anyStep, { minLength: 1, maxLength: 10 }),
  ending: fc.constantFrom('commit', 'commit', 'rollback'),
});

const checkCommitted = (tree: Tree, before: string, model: Json): void => {
  const patch = tree.commit();
  expect(textOf(tree)).toBe(JSON.stringify(model));
  const recovered = replayed(before, patch);
  expect(textOf(recovered)).toBe(textOf(tree));
  expect(recovered.bytes).toBe(tree.bytes);
  const holder = { state: JSON.parse(before) as Json };
  const below = operationsIn(patch).map((operation) => ({ ...operation, path: `/state${operation.path}` }));
  expect(applyByRfc6902(holder, below as never).filter((error) => error !== null)).toEqual([]);
  expect(holder.state).toEqual(model);
  seen.add('commit');
};

describe('a draft and a plain object', () => {
  it('[D1] [S4] read the same after the same steps; the patch leads there; a rollback leads back', () => {
    holds(
      fc.property(anyState, fc.array(anyChange, { minLength: 1, maxLength: 4 }), (state, changes) => {
        const tree = treeOf(state);
        for (const { steps, ending } of changes) {
          const [before, bytes, start] = [textOf(tree), tree.bytes, tree.mark()];
          const sides: Sides = { tree, draft: openDraft(tree), model: clone(tree.root), kept: [], isDoomed: false };
          for (const { draft, model } of spotsIn(sides)) keep(sides, draft, model);
          for (const step of steps) take(sides, step);
          expect(sides.draft).toEqual(sides.model);
          const generation = tree.generation;
          if (ending === 'commit' && !sides.isDoomed) checkCommitted(tree, before, sides.model);
          else {
            if (sides.isDoomed) expect(() => tree.commit()).toThrow();
            tree.rollback(start);
            expect(textOf(tree)).toBe(before);
            expect(tree.bytes).toBe(bytes);
            seen.add('rollback');
          }
          expect(sizeProblem(tree)).toBeUndefined();
          expect(tree.generation).toBeGreaterThan(generation);
          if (isContainer(sides.draft)) expect(() => sides.draft.length).toThrow(/has ended/);
        }
      }),
    );
    expect([...seen].sort()).toEqual([...Object.keys(acts), 'commit', 'rollback'].sort());
  });
});
