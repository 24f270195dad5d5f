import type { ClientCounter } from '../../../core/drain/sequence.ts';
import type { ClientLine, HeaderV2 } from './format.ts';

/** The counter of a line, or the reason why the checkpoint cannot have it. */
export const counterOf = (
  { client, n, seq, user, skip, settled = [] }: ClientLine,
  { version, head }: HeaderV2['base'],
): ClientCounter | string => {
  if (seq > head) return `The counter of ${client} is of seq ${seq}, but the state ends at ${head}.`;
  if (skip !== undefined && skip > seq) return `A change of ${client} comes after its last one.`;
  const runs = settled.map((run) => ({ n: run.n, seq: run.seq, count: run.count, outcome: run.outcome }));
  if (runs.some((run) => run.n + run.count - 1 > n || run.seq + run.count - 1 > version))
    return `An outcome of ${client} is of a change that is not applied.`;
  return { n, seq, user, skip, settled: runs };
};
