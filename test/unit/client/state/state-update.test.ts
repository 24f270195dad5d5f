import { describe, expect, it } from 'vitest';
import { applyUpdate, type Confirmed, type StateUpdate } from '../../../../src/client/state/state-update.ts';
import type { Json } from '../../../../src/protocol/json.ts';

const patch = (from: number, to: number, value?: Json): StateUpdate => ({
  kind: 'patch',
  epoch: 'e',
  from,
  to,
  patch: value === undefined ? [] : [{ op: 'replace', path: '/a', value }],
});

/** The confirmed state after updates, or the kind of the first one that does not lead further. */
const stateAfter = (...updates: readonly StateUpdate[]): Confirmed | string => {
  let confirmed: Confirmed = { epoch: 'e', version: 5, state: { a: 1 } };
  for (const update of updates) {
    const result = applyUpdate(confirmed, update, {});
    if (!('confirmed' in result)) return result.kind;
    confirmed = result.confirmed;
  }
  return confirmed;
};

describe('versions in which a part is the same', () => {
  it('[S9] advance it with its identity, and a patch may start from any of them', () => {
    expect(stateAfter(patch(5, 7), patch(7, 8))).toEqual({ epoch: 'e', version: 8, since: 5, state: { a: 1 } });
    for (const from of [5, 6, 7]) {
      expect(stateAfter(patch(5, 7), patch(from, 9, 2))).toEqual({ epoch: 'e', version: 9, state: { a: 2 } });
    }
    const known: Confirmed = { epoch: 'e', version: 5, state: { a: 1 } };
    const result = applyUpdate(known, patch(5, 7), {});
    expect('confirmed' in result && result.confirmed.state).toBe(known.state);
  });

  it('[S4] end with the next change: no patch skips one, and none starts before them', () => {
    expect(stateAfter(patch(5, 7), patch(4, 9, 2))).toBe('gap');
    expect(stateAfter(patch(5, 7), patch(8, 9, 2))).toBe('gap');
    expect(stateAfter(patch(5, 7), patch(7, 9, 2), patch(7, 10, 3))).toBe('gap');
    expect(stateAfter(patch(5, 7), patch(5, 7, 2))).toBe('stale');
  });
});
