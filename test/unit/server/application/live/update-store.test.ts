import { describe, expect, it } from 'vitest';
import { UPDATES_LENGTH_MAX } from '../../../../../src/protocol/limits.ts';
import type { Update } from '../../../../../src/server/application/live/update.ts';
import { UpdateStore } from '../../../../../src/server/application/live/update-store.ts';

const update = (length: number): Update => ({
  kind: 'state',
  version: { epoch: 'e', version: 1 },
  text: 'x'.repeat(length),
});

describe('[V3] [B2] the updates kept for further readers', () => {
  it('are bounded in length, whatever the paths: the oldest drop out', () => {
    const store = new UpdateStore();
    const half = UPDATES_LENGTH_MAX / 2;
    store.set('first', update(half));
    store.set('second', update(half));
    expect([store.get('first'), store.get('second')?.valueOf()]).toEqual([undefined, update(half)]);
    for (let index = 0; index < 100_000; index += 1) store.set(`/${index}`, 'nothing');
    expect(store.get('second')).toBeUndefined();
    const kept = Array.from({ length: 100_000 }, (_, index) => store.get(`/${index}`)).filter(Boolean);
    expect(kept.length).toBeGreaterThan(10_000);
    expect(kept.length).toBeLessThan(UPDATES_LENGTH_MAX / 200);
  });

  it('keep one that is larger than all may be, until another comes', () => {
    const store = new UpdateStore();
    store.set('small', 'nothing');
    store.set('large', update(2 * UPDATES_LENGTH_MAX));
    expect([store.get('small'), store.get('large') === undefined]).toEqual([undefined, false]);
    store.set('large', 'nothing');
    store.set('small', 'nothing');
    expect([store.get('small'), store.get('large')]).toEqual(['nothing', 'nothing']);
  });
});
