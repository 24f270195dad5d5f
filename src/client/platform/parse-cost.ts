import type { Cost } from '../../protocol/receipt.ts';

/** What a push has cost by its answer [C2]. */
export interface PushCost extends Cost {
  /** Requests to the Worker and calls of the application. */
  readonly requests: number;
  /** Millionths of a dollar, by the price list that `info` names. */
  readonly microdollars: number;
}

/** The cost that an answer tells; undefined without one. */
export const costOf = (headers: Headers): PushCost | undefined => {
  const text = headers.get('Changebucket-Cost');
  if (text === null) return undefined;
  const member = (name: string): number => Number(new RegExp(`(?:^|, )${name}=([\\d.]+)`).exec(text)?.[1] ?? 0);
  return {
    requests: member('requests'),
    rowsRead: member('rows-read'),
    rowsWritten: member('rows-written'),
    storedBytes: member('stored-bytes'),
    awakeMs: member('awake-ms'),
    microdollars: member('microdollars'),
  };
};
