import { Store } from './store.ts';

/** The stations of the article's circle, and the ways between them. */
export type Part = 'push' | 'bucket' | 'queue' | 'drain' | 'state' | 'poll' | 'client';

/** How often each has been passed: the drawing lights what has just risen. */
export type Traffic = Readonly<Record<Part, number>>;

export const traffic = new Store<Traffic>({ push: 0, bucket: 0, queue: 0, drain: 0, state: 0, poll: 0, client: 0 });

export const flash = (...parts: readonly Part[]): void => {
  const next: Record<Part, number> = { ...traffic.value };
  for (const part of parts) next[part] += 1;
  traffic.set(next);
};
