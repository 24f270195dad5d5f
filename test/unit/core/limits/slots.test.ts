import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holderToDisplace, Slots } from '../../../../src/core/limits/slots.ts';
import { holds } from '../../../support/property.ts';

const MAX = 12;
const holder = fc.constantFrom('a', 'b', 'c', 'd', 'e');
/** A holder that comes, or the slot that is given up: one of those held, by its number. */
const steps = fc.array(fc.oneof(holder, fc.nat(MAX)), { maxLength: 120 });

interface Held {
  readonly holder: string;
}

describe('[F3] slots that are shared fairly', () => {
  it('are never more than there are, and a newcomer is turned away only when it has its share', () => {
    holds(
      fc.property(steps, (all) => {
        const slots = new Slots<Held>(MAX);
        let model: Held[] = [];
        const give = (slot: Held): void => {
          slots.release(slot.holder, slot);
          model = model.filter((each) => each !== slot);
        };
        const count = (name: string): number => model.filter((each) => each.holder === name).length;
        for (const step of all) {
          if (typeof step === 'number') {
            const slot = model[step];
            if (slot !== undefined) give(slot);
            continue;
          }
          const most = Math.max(0, ...model.map((each) => count(each.holder)));
          const gets = model.length < MAX || count(step) + 1 < most;
          expect(slots.hasSlotFor(step)).toBe(gets);
          const [displaced] = slots.toDisplace(step);
          expect(displaced !== undefined).toBe(gets && model.length === MAX);
          if (displaced !== undefined) {
            expect(count(displaced.holder)).toBe(most);
            give(displaced);
          }
          if (!gets) continue;
          const slot = { holder: step };
          slots.take(step, slot);
          model.push(slot);
          expect(model.length).toBeLessThanOrEqual(MAX);
          expect(slots.isFull).toBe(model.length === MAX);
        }
      }),
    );
  });

  it('come to equal shares when all ask for more, and then nobody displaces anybody', () => {
    const counts = new Map([['hog', MAX]]);
    for (let round = 0; round < 100; round += 1) {
      for (const newcomer of ['b', 'c', 'hog', 'd']) {
        const from = holderToDisplace(counts, newcomer);
        if (from === undefined) continue;
        counts.set(from, (counts.get(from) ?? 0) - 1);
        counts.set(newcomer, (counts.get(newcomer) ?? 0) + 1);
      }
    }
    expect([...counts.values()]).toEqual([3, 3, 3, 3]);
    expect(['hog', 'b', 'c', 'd', 'e'].map((each) => holderToDisplace(counts, each))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      'hog',
    ]);
  });

  it('a slot that was given up twice is free once', () => {
    const slots = new Slots<object>(2);
    const slot = {};
    slots.take('a', slot);
    slots.take('a', {});
    slots.release('a', slot);
    slots.release('a', slot);
    slots.release('b', slot);
    slots.take('b', {});
    expect(slots.isFull).toBe(true);
    expect(slots.hasSlotFor('c')).toBe(false);
  });
});
