import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import type { Directory } from '../../src/server/directory/directory.ts';
import { sleep } from './wait.ts';

interface DirectoryUnderTest {
  readonly stub: DurableObjectStub<Directory>;
  /** Lets everything that is sent to it wait, until `resume`. */
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<unknown>;
  readonly forget: () => Promise<unknown>;
}

/** The directory of an owner. */
export const directoryOf = (owner: string): DirectoryUnderTest => {
  const { DIRECTORY } = env as unknown as { DIRECTORY: DurableObjectNamespace<Directory> };
  const stub = DIRECTORY.getByName(owner);
  // Plain data: the object must not wait for a promise of the test.
  const gate = { isBlocked: false, isPaused: false };
  let pausing: Promise<unknown> = Promise.resolve();
  const block = async (): Promise<void> => {
    gate.isBlocked = true;
    while (gate.isPaused) await sleep(5);
  };
  return {
    stub,
    pause: async () => {
      Object.assign(gate, { isBlocked: false, isPaused: true });
      pausing = runInDurableObject(stub, (_, state) => state.blockConcurrencyWhile(block));
      while (!gate.isBlocked) await sleep(5);
    },
    resume: () => {
      gate.isPaused = false;
      return pausing;
    },
    forget: () => runInDurableObject(stub, (_, { storage }) => storage.sql.exec('DELETE FROM listing').rowsWritten),
  };
};

/** Lets the alarm fire as if so much time had passed: the clock of alarms cannot be moved. */
export const alarmAfter = async (ms: number, stub: DurableObjectStub): Promise<void> => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
  await runDurableObjectAlarm(stub);
  vi.useRealTimers();
};
