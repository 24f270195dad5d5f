import { Store } from './store.ts';

/** The stations of the article's circle, and the ways between them. */
export type Part = 'push' | 'bucket' | 'queue' | 'drain' | 'state' | 'poll' | 'client';

/** How often each has been passed: the drawing lights what has just risen. */
export type Pulse = Readonly<Record<Part, number>>;

export const pulse = new Store<Pulse>({ push: 0, bucket: 0, queue: 0, drain: 0, state: 0, poll: 0, client: 0 });

export const light = (...parts: readonly Part[]): void => {
  const next: Record<Part, number> = { ...pulse.value };
  for (const part of parts) next[part] += 1;
  pulse.set(next);
};
