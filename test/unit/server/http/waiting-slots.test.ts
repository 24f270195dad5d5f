import { describe, expect, it } from 'vitest';
import { UNAUTHENTICATED_SOCKETS_MAX } from '../../../../src/protocol/limits.ts';
import { takeSlot } from '../../../../src/server/http/socket/waiting-slots.ts';

describe('takeSlot', () => {
  it('[W2] gives every newcomer a place: the oldest one that still waits loses its own', () => {
    const evicted: number[] = [];
    const leave = Array.from({ length: UNAUTHENTICATED_SOCKETS_MAX }, (_, index) =>
      takeSlot(() => evicted.push(index)),
    );
    leave[0]?.();
    const last = takeSlot(() => evicted.push(-1));
    expect(evicted).toEqual([]);
    const newcomers = [takeSlot(() => undefined), takeSlot(() => undefined)];
    expect(evicted).toEqual([1, 2]);
    for (const each of [...leave, last, ...newcomers]) each();
    takeSlot(() => evicted.push(-2))();
    expect(evicted).toEqual([1, 2]);
  });
});
