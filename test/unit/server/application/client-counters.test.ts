import { describe, expect, it } from 'vitest';
import { type ClientCounter, sequence } from '../../../../src/core/drain/sequence.ts';
import { ANONYMOUS_CLIENT } from '../../../../src/protocol/ids.ts';
import { CLIENTS_MAX } from '../../../../src/protocol/limits.ts';
import { keyCounterName, recordClient } from '../../../../src/server/application/state/client-counters.ts';

const change = (client: string, n = 1) => ({ client, n, seq: n, user: 'alice' });

/** As many clients as are remembered: c0 unheard for longest. */
const full = (): Map<string, ClientCounter> => {
  const clientCounters = new Map<string, ClientCounter>();
  for (let index = 0; index < CLIENTS_MAX; index += 1) recordClient({ clientCounters }, change(`c${index}`));
  return clientCounters;
};

describe('the clients that an application remembers', () => {
  it('[Q16] [B2] one more than 50,000 makes it forget the one unheard for longest, and only that', () => {
    const clientCounters = full();
    expect([clientCounters.size, clientCounters.has('c0')]).toEqual([50_000, true]);
    recordClient({ clientCounters }, change('new'));
    expect([
      clientCounters.size,
      clientCounters.has('c0'),
      clientCounters.has('c1'),
      clientCounters.has('new'),
    ]).toEqual([50_000, false, true, true]);
    recordClient({ clientCounters }, change('newer'));
    expect([clientCounters.size, clientCounters.has('c1'), clientCounters.has('c2')]).toEqual([50_000, false, true]);
  });

  it('[Q16] whoever was heard again is not the next to be forgotten', () => {
    const clientCounters = full();
    recordClient({ clientCounters }, change('c0', 2));
    expect(clientCounters.size).toBe(50_000);
    recordClient({ clientCounters }, change('new'));
    expect(clientCounters.get('c0')).toEqual({ n: 2, seq: 2, user: 'alice' });
    expect(clientCounters.has('c1')).toBe(false);
  });

  it('[Q16] a forgotten client starts again at n = 1, also as another subject', () => {
    const clientCounters = full();
    expect(sequence(clientCounters.get('c0'), 'alice', 2, 1)).toEqual({ kind: 'continues', repeated: 0 });
    recordClient({ clientCounters }, change('new'));
    expect(sequence(clientCounters.get('c0'), 'alice', 2, 1)).toEqual({ kind: 'gap', expected: 1 });
    expect(sequence(clientCounters.get('c0'), 'bob', 1, 1)).toEqual({ kind: 'continues', repeated: 0 });
    expect(sequence(clientCounters.get('c1'), 'bob', 2, 1)).toEqual({ kind: 'taken' });
  });

  it('[Q16] [Q8] keys count as clients under names of their own, and changes of nobody do not', () => {
    const clientCounters = full();
    recordClient({ clientCounters }, change(ANONYMOUS_CLIENT, 7));
    expect([clientCounters.size, clientCounters.has('c0'), clientCounters.has(ANONYMOUS_CLIENT)]).toEqual([
      50_000,
      true,
      false,
    ]);
    recordClient({ clientCounters }, { ...change(ANONYMOUS_CLIENT, 8), key: 'c5' });
    expect([
      clientCounters.has('c0'),
      clientCounters.get(keyCounterName('c5'))?.n,
      clientCounters.get('c5')?.n,
    ]).toEqual([false, 8, 1]);
  });
});
