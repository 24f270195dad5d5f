import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { document } from '../../../src/applications/document.ts';
import { infoBoxes } from '../../../src/applications/info-boxes.ts';
import { todos } from '../../../src/applications/todos.ts';
import type { Definition } from '../../../src/core/definition.ts';
import type { Json } from '../../../src/protocol/json.ts';
import { run, type Sender } from '../../../src/testing/index.ts';
import { holds } from '../../support/property.ts';
import type { Loose } from '../core/model.ts';

/** An application of a kind, and what became of the last change. */
const start = (definition: Definition) => {
  let [seq, state] = [0, definition.initial()];
  return {
    push: (name: string, args: unknown = {}, sender: Sender = {}): string => {
      seq += 1;
      const options = { state, seq, user: 'ann', now: 1000 + seq, ...sender };
      const { state: next, outcomes, stateIssue } = run(definition, [{ name, args }], options);
      expect(stateIssue).toBeUndefined();
      state = next;
      return outcomes[0]?.reason ?? outcomes[0]?.problem?.name ?? 'applied';
    },
    get state(): Loose {
      return state;
    },
  };
};

describe('info boxes', () => {
  it('[D1] opening one closes the other', () => {
    const boxes = start(infoBoxes);
    expect(boxes.state).toEqual({ open: null, forced: null });
    for (const box of ['1', '2', '2', '3']) {
      expect(boxes.push('open', { box })).toBe('applied');
      expect(boxes.state).toEqual({ open: box, forced: null });
    }
    expect(boxes.push('close', { box: '1' })).toBe('applied');
    expect(boxes.state.open).toBe('3');
    expect(boxes.push('close', { box: '3' })).toBe('applied');
    expect(boxes.state.open).toBeNull();
  });

  it('[D4] the warning holds its box open, and refuses everything else', () => {
    const boxes = start(infoBoxes);
    boxes.push('open', { box: '1' });
    expect(boxes.push('force', { box: '2' })).toBe('applied');
    expect(boxes.push('open', { box: '1' })).toBe('box-forced');
    expect(boxes.push('close', { box: '2' })).toBe('box-forced');
    expect(boxes.push('close', { box: '1' })).toBe('applied');
    expect(boxes.push('open', { box: '2' })).toBe('applied');
    expect(boxes.state).toEqual({ open: '2', forced: '2' });
    expect(boxes.push('force', { box: '3' })).toBe('applied');
    expect(boxes.state).toEqual({ open: '3', forced: '3' });
    expect(boxes.push('release')).toBe('applied');
    expect(boxes.state).toEqual({ open: '3', forced: null });
    expect(boxes.push('close', { box: '3' })).toBe('applied');
    expect(boxes.push('release')).toBe('applied');
    expect(boxes.state).toEqual({ open: null, forced: null });
  });

  it.each<readonly [string, unknown]>([
    ['open', {}],
    ['open', { box: '4' }],
    ['open', { box: 1 }],
    ['open', { box: '1', more: 1 }],
    ['close', { box: null }],
    ['close', null],
    ['force', []],
    ['release', { box: '1' }],
  ])('[D4] refuses %s with %j', (name, args) => {
    expect(start(infoBoxes).push(name, args)).toBe('invalid-args');
  });

  it('[D1] whatever is pushed, a forced box is open and no other is', () => {
    const anyBox = fc.constantFrom('1', '2', '3', '4');
    const anyChange = fc.record({
      name: fc.constantFrom('open', 'open', 'close', 'force', 'release', 'nobody'),
      box: anyBox,
    });
    const seen = new Set<string>();
    holds(
      fc.property(fc.array(anyChange, { maxLength: 40 }), (changes) => {
        const boxes = start(infoBoxes);
        for (const { name, box } of changes) {
          const before = boxes.state;
          const outcome = boxes.push(name, name === 'release' ? {} : { box });
          const { open, forced } = boxes.state;
          expect([null, '1', '2', '3']).toContain(open);
          if (forced !== null) expect(open).toBe(forced);
          if (before.forced !== null && name !== 'force') expect(open).toBe(before.open);
          if (outcome === 'applied' && name === 'open') expect(open).toBe(box);
          if (outcome === 'applied' && name === 'close') expect(open).not.toBe(box);
          if (outcome !== 'applied') expect(boxes.state).toEqual(before);
          seen.add(`${name} ${outcome}`);
        }
      }),
    );
    expect([...seen].sort()).toEqual([
      'close applied',
      'close box-forced',
      'close invalid-args',
      'force applied',
      'force invalid-args',
      'nobody unknown-change',
      'open applied',
      'open box-forced',
      'open invalid-args',
      'release applied',
    ]);
  });
});

describe('todos', () => {
  const milk = { id: 'm', text: 'milk' };

  it('[D9] a todo records who added it and when', () => {
    const list = start(todos);
    expect(list.push('add', { id: 'm', text: '  milk ' }, { user: 'bob', now: 99 })).toBe('applied');
    expect(list.state).toEqual({ items: { m: { text: 'milk', done: false, created: 99, by: 'bob' } } });
  });

  it('can be renamed, completed, opened again, removed and cleared', () => {
    const list = start(todos);
    list.push('add', milk);
    list.push('add', { id: 'b', text: 'bread' });
    expect(list.push('add', milk)).toBe('todo-exists');
    expect(list.push('rename', { id: 'm', text: 'oat milk' })).toBe('applied');
    expect(list.push('complete', { id: 'm', done: true })).toBe('applied');
    expect(list.state.items.m).toMatchObject({ text: 'oat milk', done: true });
    expect(list.push('complete', { id: 'm', done: false })).toBe('applied');
    expect(list.push('clear')).toBe('applied');
    expect(Object.keys(list.state.items)).toEqual(['m', 'b']);
    list.push('complete', { id: 'm', done: true });
    expect(list.push('clear')).toBe('applied');
    expect(Object.keys(list.state.items)).toEqual(['b']);
    expect([list.push('remove', { id: 'b' }), list.push('remove', { id: 'b' })]).toEqual(['applied', 'applied']);
    expect(list.state).toEqual({ items: {} });
    expect(list.push('rename', { id: 'b', text: 'x' })).toBe('unknown-todo');
    expect(list.push('complete', { id: 'b', done: true })).toBe('unknown-todo');
    expect(list.push('add', milk)).toBe('applied');
  });

  it.each<readonly [string, unknown]>([
    ['add', { id: 'm' }],
    ['add', { id: '', text: 'x' }],
    ['add', { id: 'a b', text: 'x' }],
    ['add', { id: 'i'.repeat(65), text: 'x' }],
    ['add', { id: 'm', text: '  ' }],
    ['add', { id: 'm', text: 'x'.repeat(501) }],
    ['add', { id: 'm', text: 'x', done: true }],
    ['complete', { id: 'm', done: 1 }],
    ['clear', { id: 'm' }],
  ])('[D4] refuses %s with %j', (name, args) => {
    expect(start(todos).push(name, args)).toBe('invalid-args');
  });

  it.each(['toString', 'hasOwnProperty', 'valueOf', '__proto__', 'constructor', '__defineGetter__'])(
    '[D4] an id %s is an id like any other, and reaches nothing that all objects share',
    (id) => {
      const list = start(todos);
      const inherited = Object.getOwnPropertyNames(Object.prototype);
      expect(list.push('rename', { id, text: 'polluted' })).toBe('unknown-todo');
      expect(list.push('complete', { id, done: true })).toBe('unknown-todo');
      expect(list.push('remove', { id })).toBe('applied');
      expect(list.push('add', { id, text: 'x' })).toBe(
        id === '__proto__' || id === 'constructor' ? 'forbidden-key' : 'applied',
      );
      expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(inherited);
      expect(Object.keys(Object.prototype.toString)).toEqual([]);
    },
  );
});

describe('a document', () => {
  it('[Q9] [L2] is any JSON, changed by patches of both kinds', () => {
    const page = start(document);
    expect(page.state).toEqual({});
    expect(page.push('merge', { a: { b: 1 } })).toBe('applied');
    expect(page.push('patch', [{ op: 'add', path: '/a/c', value: [1] }])).toBe('applied');
    expect(page.state).toEqual({ a: { b: 1, c: [1] } });
    expect(page.push('merge', [1, 2])).toBe('applied');
    expect(page.push('patch', [{ op: 'add', path: '/-', value: null }])).toBe('applied');
    expect(page.state).toEqual([1, 2, null]);
    expect(page.push('merge', null)).toBe('applied');
    expect(page.push('patch', [])).toBe('applied');
    expect(page.state).toBeNull();
    expect(page.push('patch', [{ op: 'replace', path: '', value: 'text' }])).toBe('applied');
    expect(page.push('merge', { a: 1 })).toBe('applied');
    expect(page.state).toEqual({ a: 1 });
  });

  it.each<readonly [Json]>([['text'], [{}], [null], [[{ op: 'add' }]], [[1]], [[{ op: 'add', path: 'x', value: 1 }]]])(
    '[Q13] refuses the invalid patch %j on accept and when it is applied',
    (args) => {
      expect(document.changes.patch.check(args)).toEqual(expect.any(String));
      expect(start(document).push('patch', args)).toBe('invalid-patch');
    },
  );

  it('[Q13] has nothing to say of what fits', () => {
    expect(document.changes.patch.check([{ op: 'remove', path: '/a' }])).toBeUndefined();
    expect(document.changes.merge.check('anything')).toBeUndefined();
  });
});
