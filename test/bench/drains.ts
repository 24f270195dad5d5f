import { document } from '../../src/applications/document.ts';
import { todos } from '../../src/applications/todos.ts';
import type { Definition } from '../../src/core/definition.ts';
import { drainSlice } from '../../src/core/drain/drain-slice.ts';
import type { Unit } from '../../src/core/drain/reduce.ts';
import { Tree } from '../../src/core/state/tree.ts';
import type { Json } from '../../src/protocol/json.ts';
import type { Fact } from './facts.ts';
import { firstItems, ITEMS, itemName } from './items.ts';

const RUN_MS = 1_000;
const QUEUED = 10_000;

interface Drained {
  readonly name: string;
  readonly definition: Definition;
  readonly state: Json;
  readonly change: string;
  readonly argsOf: (n: number) => Json;
}

const unitsOf = ({ change, argsOf }: Drained): Unit[] =>
  Array.from({ length: QUEUED }, (_, n) => [
    { seq: n + 1, client: 'bench', n: n + 1, user: 'bench', at: 0, name: change, args: argsOf(n) },
  ]);

/** Applies queues again and again, as drains do: reducers, way back and patch included; nothing is written. */
const rateOf = (drained: Drained): number => {
  const units = unitsOf(drained);
  const tree = new Tree(structuredClone(drained.state));
  let done = 0;
  const begun = performance.now();
  while (performance.now() - begun < RUN_MS) {
    let version = 0;
    while (version < QUEUED) {
      const surroundings = { definition: drained.definition, epoch: 'bench', version, clock: Date.now };
      const slice = drainSlice(tree, units.slice(version), surroundings);
      if (slice.rejections.length > 0) throw new Error(slice.rejections[0]?.problem.detail);
      version = slice.version;
    }
    done += QUEUED;
  }
  return (done / (performance.now() - begun)) * 1_000;
};

const board: Json = { items: firstItems() };
const list: Json = {
  items: Object.fromEntries(
    Array.from({ length: ITEMS }, (_, i) => [itemName(i), { text: 'x'.repeat(80), done: false }]),
  ),
};

const DRAINS: readonly Drained[] = [
  {
    ...{ name: 'JSON Patch', definition: document, state: board, change: 'patch' },
    argsOf: (n) => [{ op: 'replace', path: `/items/${itemName(n % ITEMS)}/value`, value: n }],
  },
  {
    ...{ name: 'JSON Merge Patch', definition: document, state: board, change: 'merge' },
    argsOf: (n) => ({ items: { [itemName(n % ITEMS)]: { value: n } } }),
  },
  {
    ...{ name: 'named reducer', definition: todos, state: list, change: 'complete' },
    argsOf: (n) => ({ id: itemName(n % ITEMS), done: n % 2 === 0 }),
  },
];

/** Changes a second that a drain applies to 10 kB, by kind of change: what the CPU allows. */
export const drains = (): Fact[] =>
  DRAINS.map((drained) => ({
    name: `changes applied a second in drains, 10 kB, ${drained.name}`,
    value: Math.round(rateOf(drained)).toLocaleString('en'),
  }));
