import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holderToDisplace, Places } from '../../../../src/core/limits/places.ts';
import { holds } from '../../../support/property.ts';

const MAX = 12;
const holder = fc.constantFrom('a', 'b', 'c', 'd', 'e');
/** A holder that comes, or the place that is given up: one of those held, by its number. */
const steps = fc.array(fc.oneof(holder, fc.nat(MAX)), { maxLength: 120 });

interface Held {
  readonly holder: string;
}

describe('[F3] places that are shared fairly', () => {
  it('are never more than there are, and a newcomer is turned away only when it has its share', () => {
    holds(
      fc.property(steps, (all) => {
        const places = new Places<Held>(MAX);
        let model: Held[] = [];
        const give = (place: Held): void => {
          places.release(place.holder, place);
          model = model.filter((each) => each !== place);
        };
        const count = (name: string): number => model.filter((each) => each.holder === name).length;
        for (const step of all) {
          if (typeof step === 'number') {
            const place = model[step];
            if (place !== undefined) give(place);
            continue;
          }
          const most = Math.max(0, ...model.map((each) => count(each.holder)));
          const gets = model.length < MAX || count(step) + 1 < most;
          expect(places.hasPlaceFor(step)).toBe(gets);
          const [displaced] = places.toDisplace(step);
          expect(displaced !== undefined).toBe(gets && model.length === MAX);
          if (displaced !== undefined) {
            expect(count(displaced.holder)).toBe(most);
            give(displaced);
          }
          if (!gets) continue;
          const place = { holder: step };
          places.take(step, place);
          model.push(place);
          expect(model.length).toBeLessThanOrEqual(MAX);
          expect(places.isFull).toBe(model.length === MAX);
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

  it('a place that was given up twice is free once', () => {
    const places = new Places<object>(2);
    const place = {};
    places.take('a', place);
    places.take('a', {});
    places.release('a', place);
    places.release('a', place);
    places.release('b', place);
    places.take('b', {});
    expect(places.isFull).toBe(true);
    expect(places.hasPlaceFor('c')).toBe(false);
  });
});
