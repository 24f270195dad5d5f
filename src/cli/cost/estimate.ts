import { pollDelay } from '../../client/transport/poll-interval.ts';
import { dollarsOf, dollarsOfInvocationLogs, dollarsOfStorage, type Usage } from '../../core/prices.ts';
import { STREAM_AGE_MS, WAIT_SECONDS_MAX } from '../../protocol/limits.ts';
import { OPERATIONS, type Operation } from './operations.ts';

/** The use of a deployment. */
export interface Scenario {
  /** Connected clients. */
  readonly clients: number;
  /** Clients that share one application. */
  readonly perApplication: number;
  /** Changes of each client. */
  readonly changesPerMinute: number;
  readonly hoursPerDay: number;
  /** Size of the state of one application. */
  readonly stateBytes: number;
}

/** The billed usage of a month, and its price. */
export interface Month {
  readonly usage: Usage;
  readonly dollars: number;
  /** What it would cost besides to log every invocation. */
  readonly invocationLogDollars: number;
}

/** The transports that can be compared. */
export const TRANSPORTS = ['socket', 'sse', 'long-poll', 'poll'] as const;
/** One of them. */
export type Transport = (typeof TRANSPORTS)[number];

const DAYS = 30;
const HOUR_MS = 3_600_000;
/** The page's shortest pause between polls. */
const INTERVAL_MS = 250;
/** About the time that one request keeps the application awake. */
const AWAKE_MS = 1;
/** The state is stored together with its history and the checkpoint before. */
const STORED_PER_STATE = 3;
/** Clients reconnect with new tokens. */
const SOCKETS_PER_HOUR = 1;

/** The operations of one client in an hour, and the time that they keep its application awake. */
interface Hour {
  readonly operations: readonly (readonly [times: number, operation: Operation])[];
  readonly awake: 'during requests' | 'always';
}

/** A month on one of the transports. */
export const monthOn = (transport: Transport, scenario: Scenario): Month =>
  monthOf(scenario, hourOf(transport, scenario), dollarsOfStorage(scenario.stateBytes * STORED_PER_STATE));

/** The naive design on the same platform: the whole state is stored with each change and polled four times a second. */
export const naiveMonth = (scenario: Scenario): Month => {
  // A value in SQLite holds up to 2 MB.
  const rows = Math.ceil(scenario.stateBytes / 2e6);
  const push = { ...OPERATIONS.poll, rowsRead: rows, rowsWritten: rows };
  const poll = { ...OPERATIONS.poll, rowsRead: rows };
  const operations = [[pushesAnHour(scenario), push] as const, [HOUR_MS / INTERVAL_MS, poll] as const];
  return monthOf(scenario, { operations, awake: 'during requests' }, dollarsOfStorage(scenario.stateBytes));
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
        awake: 'during requests',
      };
    case 'sse':
      return {
        operations: [
          [HOUR_MS / STREAM_AGE_MS, openStream],
          [pushes, pushWatched],
        ],
        awake: 'always',
      };
    case 'long-poll':
      return {
        operations: [
          [longPollsAnHour(gap), poll],
          [pushes, pushWatched],
        ],
        awake: 'always',
      };
    case 'poll':
      return {
        operations: [
          [pollsAnHour(gap), poll],
          [pushes, pushWatched],
        ],
        awake: 'during requests',
      };
    default:
      return transport satisfies never;
  }
};

/** A long-poll ends with a change or at its longest wait, and the next begins. Changes come at random, with this mean gap. */
const longPollsAnHour = (gapMs: number): number => {
  const longest = WAIT_SECONDS_MAX * 1_000;
  return HOUR_MS / (Number.isFinite(gapMs) ? gapMs * -Math.expm1(-longest / gapMs) : longest);
};

/** Polls at the client's own pauses. Changes come at regular intervals. */
const pollsAnHour = (gapMs: number): number => {
  let [polls, idlePolls, knownChanges] = [0, 0, 0];
  for (let now = 0; now < HOUR_MS; now += pollDelay(idlePolls, 'visible', INTERVAL_MS)) {
    const changes = Math.floor(now / gapMs);
    idlePolls = changes > knownChanges ? 0 : idlePolls + 1;
    knownChanges = changes;
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
    workerRequests: total('workerRequests'),
    objectRequests,
    rowsRead: total('rowsRead'),
    rowsWritten: total('rowsWritten'),
    awakeMs: awake === 'always' ? applications * hours * HOUR_MS : objectRequests * AWAKE_MS,
  };
  const invocationLogDollars = dollarsOfInvocationLogs(usage);
  return { usage, dollars: dollarsOf(usage) + applications * storage, invocationLogDollars };
};
