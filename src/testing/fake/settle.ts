import type { Status, TransportName } from '../../client/state/status.ts';
import type { FakeNetwork } from './fake-network.ts';
import type { FakePage } from './fake-page.ts';
import { realDelay, realTime } from './real-time.ts';

/** A client of a fake server. */
export interface OpenClient {
  readonly user: string;
  readonly client: { readonly status: Status; close(): void };
  readonly page: FakePage;
  /** The transport that it is to have once it is connected. */
  readonly transport: TransportName;
  /** Whether it follows a part of the state: a socket tells it no version in which that is the same. */
  readonly isPart: boolean;
}

/** The parts of a fake server that have to come to rest. */
export interface Unsettled {
  /** Those that are not closed. */
  readonly clients: Iterable<OpenClient>;
  readonly network: FakeNetwork;
  readonly version: () => number;
}

/** So many times in a row, a turn of the event loop apart, everything must be at rest: an answer may cause a request. */
const QUIET_TURNS = 3;

/** Waits until every client that is online shows everything. @throws Error after so many ms, with what is missing */
export const settle = async (server: Unsettled, withinMs: number): Promise<void> => {
  const end = realTime() + withinMs;
  for (let quiet = 0; quiet < QUIET_TURNS; ) {
    const missing = missingOf(server);
    quiet = missing.length === 0 ? quiet + 1 : 0;
    if (missing.length > 0 && realTime() >= end) {
      throw new Error(`Not settled within ${withinMs} ms. ${missing.join(' ')}`);
    }
    await realDelay(0);
  }
};

const missingOf = ({ clients, network, version }: Unsettled): string[] => {
  const behind = [...clients].flatMap((each) => missingOfClient(each, version()));
  return behind.length > 0 || network.isIdle ? behind : ['Messages are under way.'];
};

const missingOfClient = ({ user, client, page, transport, isPart }: OpenClient, version: number): string[] => {
  const { status } = client;
  const isCurrent = status.version === version || (isPart && transport === 'socket' && status.loaded);
  const isSettled = status.pending === 0 && isCurrent && status.transport === transport;
  if (!page.isOnline || isSettled) return [];
  const error =
    status.error === undefined ? '' : `, the last problem was ${status.error.type} (${status.error.detail})`;
  return [
    `${user}: ${status.pending} changes are pending, version ${status.version} of ${version} is shown, by ${status.transport}${error}.`,
  ];
};
