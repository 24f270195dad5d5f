import type { Environment } from '../platform/environment.ts';
import type { Http } from '../platform/http-client.ts';
import type { Present } from '../presence/peers.ts';
import type { Applied } from '../state/local-state.ts';
import type { Message } from '../state/state-messages.ts';
import type { ConnectionStatus, TransportName } from '../state/status.ts';
import type { Live } from './live-transport.ts';
import type { Watcher } from './transport-events.ts';

/** By which news of the state come in. The light client has polls for one; the full one lays a live transport on top. */
export interface Line {
  /** What it uses at the moment. */
  readonly transport: TransportName;
  /** There is a network. */
  start(): void;
  /** There is none. */
  stop(): void;
  close(): void;
  /** Something was pushed, or somebody looks again: news is to be expected. */
  wake(): void;
  /** There is news already. */
  hurry(): void;
  /** While pushes can travel on it, too; otherwise they go over HTTP. */
  readonly push?: Live['push'];
  present?(present: Present): void;
}

/** What a line has around it. */
export interface LineSeat {
  readonly environment: Environment;
  readonly http: Http;
  readonly watcher: Watcher;
  readonly tell: (message: Message) => Applied;
  /** What it has to say of itself. */
  readonly link: (news: Partial<ConnectionStatus>) => void;
  /** What is in flight may be lost: it is to be sent again over what there is now. */
  readonly nudge: () => void;
}

export type MakeLine = (seat: LineSeat) => Line;
