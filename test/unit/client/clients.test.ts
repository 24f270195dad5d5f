import { describe, expect, it } from 'vitest';
import { type ClientMark, sequence } from '../../../src/core/drain/sequence.ts';
import { ANONYMOUS_CLIENT } from '../../../src/protocol/ids.ts';
import { CLIENTS_MAX } from '../../../src/protocol/limits.ts';
import { keyName, markClient } from '../../../src/server/application/state/loaded-state.ts';

const change = (client: string, n = 1) => ({ client, n, seq: n, user: 'alice' });

/** As many clients as are remembered: c0 unheard for longest. */
const full = (): Map<string, ClientMark> => {
  const marks = new Map<string, ClientMark>();
  for (let index = 0; index < CLIENTS_MAX; index += 1) markClient({ marks }, change(`c${index}`));
  return marks;
};

describe('the clients that an application remembers', () => {
  it('[Q16] [B2] one more than 50,000 makes it forget the one unheard for longest, and only that', () => {
    const marks = full();
    expect([marks.size, marks.has('c0')]).toEqual([50_000, true]);
    markClient({ marks }, change('new'));
    expect([marks.size, marks.has('c0'), marks.has('c1'), marks.has('new')]).toEqual([50_000, false, true, true]);
    markClient({ marks }, change('newer'));
    expect([marks.size, marks.has('c1'), marks.has('c2')]).toEqual([50_000, false, true]);
  });

  it('[Q16] whoever was heard again is not the next to be forgotten', () => {
    const marks = full();
    markClient({ marks }, change('c0', 2));
    expect(marks.size).toBe(50_000);
    markClient({ marks }, change('new'));
    expect(marks.get('c0')).toEqual({ n: 2, seq: 2, user: 'alice' });
    expect(marks.has('c1')).toBe(false);
  });

  it('[Q16] a forgotten client starts again at n = 1, also as another subject', () => {
    const marks = full();
    expect(sequence(marks.get('c0'), 'alice', 2, 1)).toEqual({ kind: 'continues', repeated: 0 });
    markClient({ marks }, change('new'));
    expect(sequence(marks.get('c0'), 'alice', 2, 1)).toEqual({ kind: 'gap', expected: 1 });
    expect(sequence(marks.get('c0'), 'bob', 1, 1)).toEqual({ kind: 'continues', repeated: 0 });
    expect(sequence(marks.get('c1'), 'bob', 2, 1)).toEqual({ kind: 'taken' });
  });

  it('[Q16] [Q8] keys count as clients under names of their own, and changes of nobody do not', () => {
    const marks = full();
    markClient({ marks }, change(ANONYMOUS_CLIENT, 7));
    expect([marks.size, marks.has('c0'), marks.has(ANONYMOUS_CLIENT)]).toEqual([50_000, true, false]);
    markClient({ marks }, { ...change(ANONYMOUS_CLIENT, 8), key: 'c5' });
    expect([marks.has('c0'), marks.get(keyName('c5'))?.n, marks.get('c5')?.n]).toEqual([false, 8, 1]);
  });
});
