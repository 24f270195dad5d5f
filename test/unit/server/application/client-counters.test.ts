import { describe, expect, it } from 'vitest';
import { sequence } from '../../../../src/core/drain/sequence.ts';
import { ANONYMOUS_CLIENT } from '../../../../src/protocol/ids.ts';
import { CLIENTS_MAX, FORGOTTEN_CLIENTS_MAX, KEYS_MAX } from '../../../../src/protocol/limits.ts';
import { ClientCounters, keyCounterName } from '../../../../src/server/application/state/client-counters.ts';
import { ForgottenClients } from '../../../../src/server/application/state/forgotten-clients.ts';

const change = (client: string, n = 1, user = 'alice') => ({ client, n, seq: n, user });

const sequenced = (counters: ClientCounters, client: string, user: string, n: number) =>
  counters.isForgotten(client, n) ? { kind: 'forgotten' } : sequence(counters.get(client), user, n, 1);

const isKnown = (counters: ClientCounters, ...clients: string[]): boolean[] =>
  clients.map((client) => counters.get(client) !== undefined);

/** As many clients of one subject as are remembered: c0 unheard for longest. */
const full = (): ClientCounters => {
  const counters = new ClientCounters(new ForgottenClients('epoch'));
  for (let index = 0; index < CLIENTS_MAX; index += 1) counters.record(change(`c${index}`));
  return counters;
};

describe('the clients that an application remembers', () => {
  it('[Q16] are the last 50,000; the one that sent nothing for longest goes first', () => {
    const counters = full();
    expect([counters.size, ...isKnown(counters, 'c0')]).toEqual([50_000, true]);
    counters.record(change('c0', 2));
    counters.record(change('new'));
    expect([counters.size, ...isKnown(counters, 'c0', 'c1', 'c2', 'new')]).toEqual([50_000, true, false, true, true]);
    expect(counters.get('c0')).toMatchObject({ n: 2, seq: 2, user: 'alice' });
  });

  it('[Q16] the subject that has most loses its own, however many it makes', () => {
    const counters = new ClientCounters(new ForgottenClients('epoch'));
    for (const user of ['ann', 'bob']) counters.record(change(`${user}-1`, 7, user));
    for (let index = 0; index < 2 * CLIENTS_MAX; index += 1) counters.record(change(`m${index}`, 1, 'mallory'));
    expect(counters.size).toBe(CLIENTS_MAX);
    expect(isKnown(counters, 'ann-1', 'bob-1', 'm0')).toEqual([true, true, false]);
    expect(sequenced(counters, 'ann-1', 'ann', 7)).toEqual({ kind: 'continues', repeated: 1 });
  });

  it('[Q2] [Q16] while none was forgotten, an unknown client is new', () => {
    const counters = full();
    expect(sequenced(counters, 'new', 'bob', 1)).toEqual({ kind: 'continues', repeated: 0 });
    expect(sequenced(counters, 'new', 'bob', 2)).toEqual({ kind: 'gap', expected: 1 });
  });

  it('[Q16] [Q14] a forgotten client is never taken for a new one, by whomever', () => {
    const counters = full();
    counters.record(change('new'));
    for (const user of ['alice', 'bob'])
      for (const n of [1, 2, 3]) expect(sequenced(counters, 'c0', user, n)).toEqual({ kind: 'forgotten' });
    expect(sequenced(counters, 'never-seen', 'bob', 2)).toEqual({ kind: 'forgotten' });
    expect(sequenced(counters, 'never-seen', 'bob', 1)).toEqual({ kind: 'continues', repeated: 0 });
    expect(sequenced(counters, 'c1', 'bob', 2)).toEqual({ kind: 'taken' });
  });

  it('[Q16] [B2] without an end: in every generation all forgotten ids stay forgotten, and an id with the prefix is new', () => {
    const forgotten = new ForgottenClients('epoch');
    const ids: string[] = [];
    for (let generation = 0; generation < 3; generation += 1) {
      const { prefix } = forgotten;
      for (let index = 0; index < FORGOTTEN_CLIENTS_MAX; index += 1) {
        const id = index % 2 === 0 ? `plain-${generation}-${index}` : `${prefix}${index}`;
        ids.push(id);
        forgotten.add(id);
      }
      expect(ids.every((id) => forgotten.mayHave(id))).toBe(true);
      const others = Array.from({ length: 1_000 }, () => forgotten.prefix + crypto.randomUUID());
      expect(others.filter((id) => forgotten.mayHave(id)).length).toBeLessThan(30);
    }
    forgotten.add('one more');
    expect(forgotten.prefix).toBe('epoch.3.');
    expect(ids.every((id) => forgotten.mayHave(id))).toBe(true);
    // Restored from its stored form, which a checkpoint holds.
    const restored = new ForgottenClients('epoch', forgotten.stored);
    expect(ids.every((id) => restored.mayHave(id))).toBe(true);
    expect([restored.mayHave('one more'), restored.mayHave('epoch.3.x'), restored.isEmpty]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('[Q16] an id with the prefix of a generation that has not begun is accepted in none before it', () => {
    const forgotten = new ForgottenClients('epoch');
    expect(['epoch.1.x', 'epoch.9.x'].map((id) => forgotten.mayHave(id))).toEqual([true, true]);
    expect(['epoch.x', 'epoch.01.x', 'other.1.x', 'epoch.0.x'].map((id) => forgotten.mayHave(id))).toEqual(
      Array(4).fill(false),
    );
  });

  it('[Q8] [Q16] pushes without a client take no place, and keys have a pool of their own', () => {
    const counters = full();
    counters.record(change(ANONYMOUS_CLIENT, 7));
    for (let index = 0; index <= KEYS_MAX; index += 1)
      counters.record({ ...change(ANONYMOUS_CLIENT, index + 1), key: `c${index}` });
    expect([counters.size, ...isKnown(counters, 'c0', keyCounterName('c0'), keyCounterName('c1'))]).toEqual([
      75_000,
      true,
      false,
      true,
    ]);
    expect(counters.forgotten.isEmpty).toBe(true);
    expect([...counters].length).toBe(CLIENTS_MAX + KEYS_MAX);
  });
});
