import { describe, expect, it } from 'vitest';
import { applyPatch } from '../../../../src/core/patch/json-patch.ts';
import { replay } from '../../../../src/core/patch/replay.ts';
import { Tree } from '../../../../src/core/state/tree.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import type { PatchOperation } from '../../../../src/protocol/patch.ts';

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
    [
      'a member that goes and comes back',
      [
        { op: 'remove', path: '/map' },
        { op: 'add', path: '/map', value: { x: 1 } },
      ],
    ],
  ])('[D7] [S4] of %s leads to the same state, to the byte', (_, operations) => {
    const lived = new Tree(start());
    applyPatch(lived, operations);
    const recorded = JSON.parse(`[${lived.commit()}]`) as PatchOperation[];
    expect(JSON.stringify(replay(start(), recorded))).toBe(JSON.stringify(lived.root));
  });

  it.each<PatchOperation>([
    { op: 'replace', path: '/nothing', value: 1 },
    { op: 'add', path: '/text', value: 1 },
    { op: 'remove', path: '/nothing' },
    { op: 'remove', path: '' },
    { op: 'replace', path: '/list/3', value: 1 },
    { op: 'add', path: '/list/4', value: 1 },
    { op: 'add', path: '/text/deeper', value: 1 },
    { op: 'test', path: '/text', value: 'ä' },
    { op: 'copy', from: '/text', path: '/list/0' },
  ])('[D7] that does not fit the state is not taken: %o', (operation) => {
    expect(() => replay(start(), [operation])).toThrow('history does not fit');
  });
});
