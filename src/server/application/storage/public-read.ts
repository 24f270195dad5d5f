import type { Database } from './database.ts';

const KEY = 'public';

/** Whether everybody may read the application without a token [A15]. Goes with its other data when it is deleted. */
export const isPublic = ({ kv }: Database): boolean => kv.get(KEY) === true;

export const setPublic = ({ kv }: Database, value: boolean): void => {
  if (value) kv.put(KEY, true);
  else kv.delete(KEY);
};
