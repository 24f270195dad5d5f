import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { until } from './wait.ts';

const namespace = (): DurableObjectNamespace => (env as unknown as { APPLICATION: DurableObjectNamespace }).APPLICATION;

/** The object behind an application's path, as the platform sees it. */
export const stubOf = (path: string): DurableObjectStub => namespace().getByName(path.replace('/v1/apps/', ''));

/** Ends the object's life gently: memory is gone, storage stays. */
export const evict = async (path: string): Promise<void> => {
  const stub = stubOf(path);
  // Only a running object can be evicted.
  await runInDurableObject(stub, () => undefined);
  await evictDurableObject(stub);
};

/** Ends the object's life and leaves its sockets open, as the platform does when nothing happens for 10 s. */
export const hibernate = async (path: string): Promise<void> => {
  const stub = stubOf(path);
  await runInDurableObject(stub, () => undefined);
  await evictDurableObject(stub, { webSockets: 'hibernate' });
};

/** Ends all lives abruptly. */
export const abortAll = (): Promise<void> => abortAllDurableObjects();

export const inside = <T>(path: string, look: (storage: DurableObjectStorage) => T | Promise<T>): Promise<T> =>
  runInDurableObject(stubOf(path), (_: unknown, { storage }: DurableObjectState) => look(storage));

/** Resolves once no alarm is set: the queue is empty and what was to be written is written. */
export const alarmsDone = (path: string): Promise<void> =>
  until(async () => (await inside(path, (storage) => storage.getAlarm())) === null);
