import type { Environment } from '../platform/environment.ts';
import type { HttpClient } from '../platform/http-client.ts';
import type { OwnPresence } from '../presence/peers.ts';
import type { StateMessage } from '../state/state-messages.ts';
import type { ConnectionStatus, TransportName } from '../state/status.ts';
import type { LiveTransport } from './live-transport.ts';
import type { TransportListener } from './transport-events.ts';

/** By which news of the state come in. The light client has polls for one; the full one lays a live transport on top. */
export interface Transport {
  /** What it uses at the moment. */
  readonly name: TransportName;
  /** There is a network. */
  start(): void;
  /** There is none. */
  stop(): void;
  close(): void;
  /** Something was pushed, or somebody looks again: news is to be expected. */
  resetInterval(): void;
  /** There is news already. */
  pollNow(): void;
  /** While pushes can travel on it, too; otherwise they go over HTTP. */
  readonly push?: LiveTransport['push'];
  setPresence?(presence: OwnPresence): void;
}

/** What a line has around it. */
export interface TransportContext {
  readonly environment: Environment;
  readonly http: HttpClient;
  readonly listener: TransportListener;
  readonly dispatch: (messages: readonly StateMessage[]) => unknown;
  /** What it has to say of itself. */
  readonly setStatus: (news: Partial<ConnectionStatus>) => void;
  /** What is in flight may be lost: it is to be sent again over what there is now. */
  readonly retryPush: () => void;
}

export type MakeTransport = (tab: TransportContext) => Transport;
