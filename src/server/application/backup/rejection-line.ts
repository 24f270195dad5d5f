import type { Json } from '../../../protocol/json.ts';
import type { Rejection } from '../storage/rejections.ts';
import type { HeaderV2, RejectionLine } from './format.ts';

/**
 * The rejection of a line, or the reason why the application cannot have it.
 *
 * @param hasQueue whether the backup has the queue, with the retries in it; format version 1 has not
 */
export const rejectionOf = (
  { rejection }: RejectionLine,
  { version, head }: Pick<HeaderV2, 'version' | 'head'>,
  hasQueue: boolean,
): Rejection | string => {
  const { change, at, problem, fate, retry } = rejection;
  const { seq } = change;
  const batch = rejection.batch?.map(({ name, args }) => ({ name, args: args as Json }));
  if (seq + (batch?.length ?? 1) - 1 > version) return `The rejected change ${seq} is beyond the version.`;
  // Checked as JSON with its line.
  const stored = { at, problem, change: { ...change, args: change.args as Json }, batch };
  if (retry === undefined) {
    return fate === 'retrying' ? `The retry of ${seq} has no seq.` : { ...stored, status: fate, retry: undefined };
  }
  // The retry was queued, and is not in the backup: it can be asked for again.
  if (fate === 'retrying' && !hasQueue) return { ...stored, status: 'listed', retry: undefined };
  if (retry <= seq || retry > head) return `The retry of ${seq} is no change of this log.`;
  if ((fate === 'retrying') !== retry > version) return `The retry of ${seq} contradicts the version.`;
  return { ...stored, status: fate, retry };
};
