import { Store } from './store.ts';

/** The stations of the article's circle, and the arcs between them. */
export type Part = 'push' | 'bucket' | 'queue' | 'drain' | 'state' | 'poll' | 'client';

/** The number of times that traffic has passed each part. The drawing lights a part when its number rises. */
export type Traffic = Readonly<Record<Part, number>>;

export const traffic = new Store<Traffic>({ push: 0, bucket: 0, queue: 0, drain: 0, state: 0, poll: 0, client: 0 });

/** Lights parts of the circle. */
export const flash = (...parts: readonly Part[]): void => {
  const next: Record<Part, number> = { ...traffic.value };
  for (const part of parts) next[part] += 1;
  traffic.set(next);
};
