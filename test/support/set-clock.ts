import { vi } from 'vitest';

// The clock of a test on workerd, which is that of the Worker and of its objects, too: timers and alarms go on as before.
// `vi.useRealTimers()` gives the real one back: call it in `afterEach`.

/** Stops the clock: no minute begins and no token expires, however slow the machine is. */
export const stopClock = (): void => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
};

/** Stops the clock far ahead: no alarm that is set from now on fires by itself. Call it before tokens are made. */
export const stopAlarms = (): void => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_000 });
};

/** Lets so much time pass at once, on a stopped clock. */
export const passTime = (ms: number): void => {
  vi.setSystemTime(Date.now() + ms);
};
