import { describe, expect, it } from 'vitest';
import { STATE_IDLE_MS, STATES_BYTES_MAX } from '../../../../../src/protocol/limits.ts';
import { type LedgerEntry, StateLedger } from '../../../../../src/server/application/state/state-ledger.ts';

class Loaded implements LedgerEntry {
  bytes: number;
  usedAt: number;

  constructor(ledger: StateLedger, bytes: number, usedAt: number) {
    this.bytes = bytes;
    this.usedAt = usedAt;
    ledger.add(this);
  }

  invalidate(): void {
    this.bytes = 0;
  }
}

describe('[B3] the states of one isolate', () => {
  const NOW = 1_000_000;
  const PART = STATES_BYTES_MAX / 4;

  it('are all kept while there is room', () => {
    const ledger = new StateLedger();
    const states = [0, 1, 2].map((at) => new Loaded(ledger, PART, at));
    ledger.makeRoom(new Loaded(ledger, 0, NOW), PART, NOW);
    expect(states.map(({ bytes }) => bytes)).toEqual([PART, PART, PART]);
  });

  it('go when they are idle, the least recently used first, and no more than needed', () => {
    const ledger = new StateLedger();
    const states = [2, 0, 1, 3].map((at) => new Loaded(ledger, PART, at));
    ledger.makeRoom(new Loaded(ledger, 0, NOW), 2 * PART, NOW);
    expect(states.map(({ bytes }) => bytes)).toEqual([PART, 0, 0, PART]);
  });

  it('are refused as unavailable when the others are in use', () => {
    const ledger = new StateLedger();
    const states = Array.from({ length: 4 }, () => new Loaded(ledger, PART, NOW - STATE_IDLE_MS + 1));
    expect(() => ledger.makeRoom(new Loaded(ledger, 0, NOW), PART, NOW)).toThrow('take the memory');
    expect(states.every(({ bytes }) => bytes === PART)).toBe(true);
    ledger.makeRoom(new Loaded(ledger, 0, NOW), PART, NOW + STATE_IDLE_MS);
    expect(states.filter(({ bytes }) => bytes === 0).length).toBe(1);
  });

  it('are let go when idle where the runtime has no weak references, and counted again when they are loaded', () => {
    const ledger = new StateLedger('strong');
    const [evicted, used] = [0, NOW - 1].map((at) => new Loaded(ledger, 1, at));
    ledger.makeRoom(new Loaded(ledger, 0, NOW), 1, NOW);
    expect([evicted?.bytes, used?.bytes]).toEqual([0, 1]);
    const again = new Loaded(ledger, 0, NOW);
    for (const state of [evicted, again]) {
      if (state === undefined) continue;
      ledger.makeRoom(state, PART, NOW);
      state.bytes = PART;
      state.usedAt = NOW;
    }
    expect(() => ledger.makeRoom(new Loaded(ledger, 0, NOW), 3 * PART, NOW)).toThrow('take the memory');
  });
});
