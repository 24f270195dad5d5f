import { dollarsOf, MESSAGES_PER_REQUEST } from '../../../core/prices.ts';
import { counterOf, DRAIN_CHANGES_BOUNDS, DRAIN_MS_BOUNDS, gaugeOf, type Numbers } from '../../rpc/numbers.ts';
import type { Family, Sample } from './exposition.ts';

/** A family before it has numbers: the name without what all begin with. */
export interface FamilyShape extends Pick<Family, 'help' | 'type'> {
  readonly name: string;
  /** @param now ms since 1970 */
  readonly samplesOf: (numbers: Numbers, now: number) => readonly Sample[];
}

const one = (value: number, labels: Sample['labels'] = {}): Sample => ({ labels, value });

/** A family with a label that tells its parts apart. */
const parts = (label: string, values: Readonly<Record<string, number>>): Sample[] =>
  Object.entries(values).map(([part, value]) => one(value, { [label]: part }));

/** A histogram, from buckets that are counted cumulatively. */
const histogram = (
  buckets: readonly (readonly [bound: number, count: number])[],
  count: number,
  sum: number,
): Sample[] => [
  ...buckets.map(([bound, value]): Sample => ({ suffix: '_bucket', labels: { le: String(bound) }, value })),
  { suffix: '_bucket', labels: { le: '+Inf' }, value: count },
  { suffix: '_sum', labels: {}, value: sum },
  { suffix: '_count', labels: {}, value: count },
];

/** What the applications have cost by the price list, without storage [C1]. */
const dollars = (numbers: Numbers): number => {
  const count = (name: Parameters<typeof counterOf>[1]): number => counterOf(numbers, name);
  const objectRequests = count('requests') + count('alarms') + count('messages') / MESSAGES_PER_REQUEST;
  const [rowsRead, rowsWritten, awakeMs] = [count('rowsRead'), count('rowsWritten'), count('awakeMs')];
  return dollarsOf({ workerRequests: count('requests'), objectRequests, rowsRead, rowsWritten, awakeMs });
};

/** Counters that never go back. */
export const COUNTER_FAMILIES: readonly FamilyShape[] = [
  {
    name: 'changes_accepted_total',
    help: 'Changes that were accepted.',
    type: 'counter',
    samplesOf: (numbers) => [one(counterOf(numbers, 'accepted'))],
  },
  {
    name: 'changes_settled_total',
    help: 'Changes whose turn has come, by outcome: applied, rejected by a rule, failed in code, dead-lettered.',
    type: 'counter',
    samplesOf: (numbers) =>
      parts('outcome', {
        applied: counterOf(numbers, 'applied'),
        rejected: counterOf(numbers, 'rejected'),
        failed: counterOf(numbers, 'failed'),
        dead: counterOf(numbers, 'dead'),
      }),
  },
  {
    name: 'drain_changes',
    help: 'Drains by the number of changes they applied.',
    type: 'histogram',
    samplesOf: (numbers) =>
      histogram(
        DRAIN_CHANGES_BOUNDS.map((bound) => [bound, counterOf(numbers, `drainChanges${bound}`)]),
        counterOf(numbers, 'drains'),
        counterOf(numbers, 'drainChanges'),
      ),
  },
  {
    name: 'drain_seconds',
    help: 'Drains by the time they took; 0 for one in the turn that accepts its changes.',
    type: 'histogram',
    samplesOf: (numbers) =>
      histogram(
        DRAIN_MS_BOUNDS.map((bound) => [bound / 1_000, counterOf(numbers, `drainMs${bound}`)]),
        counterOf(numbers, 'drains'),
        counterOf(numbers, 'drainMs') / 1_000,
      ),
  },
  {
    name: 'reads_total',
    help: 'Answers to reads by status, long-polls of any answer, events and frames that were sent.',
    type: 'counter',
    samplesOf: (numbers) =>
      parts('answer', {
        200: counterOf(numbers, 'reads200'),
        226: counterOf(numbers, 'reads226'),
        304: counterOf(numbers, 'reads304'),
        'long-poll': counterOf(numbers, 'readsLongPoll'),
        sse: counterOf(numbers, 'events'),
        socket: counterOf(numbers, 'frames'),
      }),
  },
  {
    name: 'requests_total',
    help: 'Calls of applications by the Worker.',
    type: 'counter',
    samplesOf: (numbers) => [one(counterOf(numbers, 'requests'))],
  },
  {
    name: 'socket_messages_total',
    help: 'Messages received over sockets.',
    type: 'counter',
    samplesOf: (numbers) => [one(counterOf(numbers, 'messages'))],
  },
  {
    name: 'alarms_total',
    help: 'Alarms of applications that fired.',
    type: 'counter',
    samplesOf: (numbers) => [one(counterOf(numbers, 'alarms'))],
  },
  {
    name: 'rows_total',
    help: 'Rows of SQLite in applications, as the platform bills them.',
    type: 'counter',
    samplesOf: (numbers) =>
      parts('access', { read: counterOf(numbers, 'rowsRead'), written: counterOf(numbers, 'rowsWritten') }),
  },
  {
    name: 'awake_seconds_total',
    help: 'Time in which applications were at work.',
    type: 'counter',
    samplesOf: (numbers) => [one(counterOf(numbers, 'awakeMs') / 1_000)],
  },
  {
    name: 'cost_dollars_total',
    help: 'Estimated cost of the applications by the price list, without storage and logs.',
    type: 'counter',
    samplesOf: (numbers) => [one(dollars(numbers))],
  },
];

/** What was so when the applications told it last. */
export const GAUGE_FAMILIES: readonly FamilyShape[] = [
  {
    name: 'queue_changes',
    help: 'Changes that are accepted and not applied yet, of queues that have waited for 5 s.',
    type: 'gauge',
    samplesOf: (numbers) => [one(gaugeOf(numbers, 'queue'))],
  },
  {
    name: 'lag_seconds',
    help: 'Age of the oldest queued change; 0 while none has waited for 5 s.',
    type: 'gauge',
    samplesOf: ({ waitingSince }, now) => [one(waitingSince === null ? 0 : Math.max(0, now - waitingSince) / 1_000)],
  },
  {
    name: 'readers',
    help: 'Readers that wait or watch, by transport.',
    type: 'gauge',
    samplesOf: (numbers) =>
      parts('transport', {
        'long-poll': gaugeOf(numbers, 'waiting'),
        sse: gaugeOf(numbers, 'streams'),
        socket: gaugeOf(numbers, 'sockets'),
      }),
  },
  {
    name: 'stored_bytes',
    help: 'Size of the databases of the applications.',
    type: 'gauge',
    samplesOf: (numbers) => [one(gaugeOf(numbers, 'storedBytes'))],
  },
  {
    name: 'applications_held',
    help: 'Applications that can apply nothing until another deployment: a migration failed, or the kind is missing.',
    type: 'gauge',
    samplesOf: (numbers) => [one(gaugeOf(numbers, 'held'))],
  },
  {
    name: 'applications',
    help: 'Applications that exist.',
    type: 'gauge',
    samplesOf: (numbers) => [one(gaugeOf(numbers, 'applications'))],
  },
];
