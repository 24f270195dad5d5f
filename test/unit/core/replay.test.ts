import { describe, expect, it } from 'vitest';
import { applyPatch, replayOperation } from '../../../src/core/json-patch.ts';
import { Tree } from '../../../src/core/tree.ts';
import type { Json } from '../../../src/protocol/json.ts';
import type { PatchOperation } from '../../../src/protocol/patch.ts';

const start = (): Json => ({ list: [1, { a: 2 }, 3], map: { x: 1, y: [] }, text: 'ä' });

describe('recorded history', () => {
  it.each<[string, PatchOperation[]]>([
    ['replaced elements', [{ op: 'replace', path: '/list/1', value: { b: ['ö'] } }]],
    [
      'elements that come and go',
      [
        { op: 'add', path: '/list/1', value: 9 },
        { op: 'remove', path: '/list/0' },
      ],
    ],
    [
      'members',
      [
        { op: 'add', path: '/map/z', value: null },
        { op: 'replace', path: '/map/x', value: [1] },
        { op: 'remove', path: '/map/y' },
      ],
    ],
    [
      'moves and copies',
      [
        { op: 'move', from: '/list/2', path: '/list/0' },
        { op: 'copy', from: '/map', path: '/list/-' },
      ],
    ],
    ['the whole', [{ op: 'replace', path: '', value: { a: 1 } }]],
  ])('[D7] [S4] of %s leads to the same state and weight', (_, operations) => {
    const [lived, replayed] = [new Tree(start()), new Tree(start())];
    applyPatch(lived, operations);
    const recorded = JSON.parse(`[${lived.commit()}]`) as PatchOperation[];
    for (const operation of recorded) {
      replayOperation(replayed, operation);
      replayed.commit();
    }
    expect(JSON.stringify(replayed.root)).toBe(JSON.stringify(lived.root));
    expect(replayed.weight).toBe(lived.weight);
  });

  it('[D7] that does not fit the state is not taken', () => {
    expect(() => replayOperation(new Tree(start()), { op: 'replace', path: '/nothing', value: 1 })).toThrow('fit');
  });
});
