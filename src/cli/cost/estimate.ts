import { pollDelay } from '../../client/transport/poll-interval.ts';
import { dollarsOf, dollarsOfStorage, type Usage } from '../../core/prices.ts';
import { STREAM_AGE_MS, WAIT_SECONDS_MAX } from '../../protocol/limits.ts';
import { OPERATIONS, type Operation } from './operations.ts';

/** Who uses a deployment, and how much. */
export interface Scenario {
  /** That are connected. */
  readonly clients: number;
  /** How many of them share an application. */
  readonly perApplication: number;
  /** Of each client. */
  readonly changesPerMinute: number;
  readonly hoursPerDay: number;
  /** Of one application's state. */
  readonly stateBytes: number;
}

/** What a month of something costs. */
export interface Month {
  readonly usage: Usage;
  readonly dollars: number;
}

export const TRANSPORTS = ['socket', 'sse', 'long-poll', 'poll'] as const;
export type Transport = (typeof TRANSPORTS)[number];

const DAYS = 30;
const HOUR_MS = 3_600_000;
/** The page's shortest pause between polls, and about how long one keeps the application awake. */
const INTERVAL_MS = 250;
const AWAKE_MS = 1;
/** History and the checkpoint before stand beside the state. */
const STORED_PER_STATE = 3;
/** Clients come back with fresh tokens. */
const SOCKETS_PER_HOUR = 1;

/** What one client does in an hour, and for how much of that it keeps its application awake all the time. */
interface Hour {
  readonly operations: readonly (readonly [times: number, operation: Operation])[];
  readonly awake: 'while it is asked' | 'all the time';
}

/** A month on one of our transports. */
export const monthOn = (transport: Transport, scenario: Scenario): Month =>
  monthOf(scenario, hourOf(transport, scenario), dollarsOfStorage(scenario.stateBytes * STORED_PER_STATE));

/** The naive design on the same platform: the whole state is stored with each change and polled four times a second. */
export const naiveMonth = (scenario: Scenario): Month => {
  // A value of SQLite holds 2 MB.
  const rows = Math.ceil(scenario.stateBytes / 2e6);
  const push = { ...OPERATIONS.poll, rowsRead: rows, rowsWritten: rows };
  const poll = { ...OPERATIONS.poll, rowsRead: rows };
  const operations = [[pushesAnHour(scenario), push] as const, [HOUR_MS / INTERVAL_MS, poll] as const];
  return monthOf(scenario, { operations, awake: 'while it is asked' }, dollarsOfStorage(scenario.stateBytes));
};

const pushesAnHour = ({ changesPerMinute }: Scenario): number => changesPerMinute * 60;

/** Milliseconds between two changes of the application, on average. */
const gapOf = ({ perApplication, changesPerMinute }: Scenario): number => 60_000 / (perApplication * changesPerMinute);

const hourOf = (transport: Transport, scenario: Scenario): Hour => {
  const pushes = pushesAnHour(scenario);
  const gap = gapOf(scenario);
  const { openSocket, openStream, poll, pushBySocket, pushWatched } = OPERATIONS;
  switch (transport) {
    case 'socket':
      return {
        operations: [
          [SOCKETS_PER_HOUR, openSocket],
          [pushes, pushBySocket],
        ],
        awake: 'while it is asked',
      };
    case 'sse':
      return {
        operations: [
          [HOUR_MS / STREAM_AGE_MS, openStream],
          [pushes, pushWatched],
        ],
        awake: 'all the time',
      };
    case 'long-poll':
      return {
        operations: [
          [longPollsAnHour(gap), poll],
          [pushes, pushWatched],
        ],
        awake: 'all the time',
      };
    case 'poll':
      return {
        operations: [
          [pollsAnHour(gap), poll],
          [pushes, pushWatched],
        ],
        awake: 'while it is asked',
      };
    default:
      return transport satisfies never;
  }
};

/** One ends with a change or after its time, and the next begins: changes that come by chance, so many on average. */
const longPollsAnHour = (gapMs: number): number => {
  const longest = WAIT_SECONDS_MAX * 1_000;
  return HOUR_MS / (Number.isFinite(gapMs) ? gapMs * -Math.expm1(-longest / gapMs) : longest);
};

/** By the client's own table of pauses, with changes that come at even times. */
const pollsAnHour = (gapMs: number): number => {
  let [polls, idle, seen] = [0, 0, 0];
  for (let now = 0; now < HOUR_MS; now += pollDelay(idle, 'visible', INTERVAL_MS)) {
    const changes = Math.floor(now / gapMs);
    idle = changes > seen ? 0 : idle + 1;
    seen = changes;
    polls += 1;
  }
  return polls;
};

const monthOf = (scenario: Scenario, { operations, awake }: Hour, storage: number): Month => {
  const { clients, perApplication, hoursPerDay } = scenario;
  const hours = hoursPerDay * DAYS;
  const applications = clients / perApplication;
  const total = (member: keyof Operation): number =>
    operations.reduce((sum, [times, operation]) => sum + times * operation[member], 0) * clients * hours;
  const objectRequests = total('objectRequests');
  const usage = {
    ...{ workerRequests: total('workerRequests'), objectRequests },
    ...{ rowsRead: total('rowsRead'), rowsWritten: total('rowsWritten') },
    awakeMs: awake === 'all the time' ? applications * hours * HOUR_MS : objectRequests * AWAKE_MS,
  };
  return { usage, dollars: dollarsOf(usage) + applications * storage };
};
