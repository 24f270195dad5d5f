import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { ApplicationObject } from '../../src/server/application/application-object.ts';
import { until } from './wait.ts';

/** The alarm handlers that run: while one does, no alarm is set already, and its work is not done yet. */
const runningAlarms = new Set<{ readonly id: string }>();
const { alarm } = ApplicationObject.prototype;
ApplicationObject.prototype.alarm = async function (this: ApplicationObject): Promise<void> {
  const { ctx } = this as unknown as { ctx: DurableObjectState };
  const running = { id: ctx.id.toString() };
  runningAlarms.add(running);
  await alarm.call(this).finally(() => runningAlarms.delete(running));
};

const namespace = (): DurableObjectNamespace => (env as unknown as { APPLICATION: DurableObjectNamespace }).APPLICATION;

/** The object behind an application's path, as the platform sees it. */
export const stubOf = (path: string): DurableObjectStub => namespace().getByName(path.replace('/v1/apps/', ''));

/** Ends the object's life gently: memory is gone, storage stays. */
export const evict = (path: string): Promise<void> => endLife(path);

/** Ends the object's life and leaves its sockets open, as the platform does when nothing happens for 10 s. */
export const hibernate = (path: string): Promise<void> => endLife(path, { webSockets: 'hibernate' });

const endLife = async (path: string, options?: { webSockets: 'hibernate' }): Promise<void> => {
  const stub = stubOf(path);
  // Only a running object can be evicted.
  await runInDurableObject(stub, () => undefined);
  await evictDurableObject(stub, options);
  for (const running of runningAlarms) if (running.id === stub.id.toString()) runningAlarms.delete(running);
};

/** Ends all lives abruptly. */
export const abortAll = async (): Promise<void> => {
  await abortAllDurableObjects();
  runningAlarms.clear();
};

export const inside = <T>(path: string, look: (storage: DurableObjectStorage) => T | Promise<T>): Promise<T> =>
  runInDurableObject(stubOf(path), (_: unknown, { storage }: DurableObjectState) => look(storage));

/** Resolves once no alarm is set and no handler of one runs: the queue is empty and what was to be written is written. */
export const alarmsDone = (path: string): Promise<void> =>
  until(() =>
    runInDurableObject(stubOf(path), async (_: unknown, state: DurableObjectState) => {
      const isUnset = (await state.storage.getAlarm()) === null;
      return isUnset && ![...runningAlarms].some(({ id }) => id === state.id.toString());
    }),
  );
