import type { Environment } from '../platform/environment.ts';
import type { HttpClient } from '../platform/http-client.ts';
import type { OwnPresence } from '../presence/peers.ts';
import type { StateMessage } from '../state/state-messages.ts';
import type { ConnectionStatus, TransportName } from '../state/status.ts';
import type { LiveTransport } from './live-transport.ts';
import type { TransportListener } from './transport-events.ts';

/** A transport that delivers state updates: polls, or a live transport with polls as fallback. */
export interface Transport {
  /** The transport in use at the moment. */
  readonly name: TransportName;
  /** To be called when there is a network, also again. */
  start(): void;
  /** To be called when there is no network. */
  stop(): void;
  close(): void;
  /** Polls at full speed: a newer state is expected soon. */
  resetInterval(): void;
  /** Polls at once: the server has a newer state. */
  pollNow(): void;
  /** Undefined while pushes must go over HTTP. */
  readonly push?: LiveTransport['push'];
  setPresence?(presence: OwnPresence): void;
}

/** The surroundings of a transport. */
export interface TransportContext {
  readonly environment: Environment;
  readonly http: HttpClient;
  readonly listener: TransportListener;
  readonly dispatch: (messages: readonly StateMessage[]) => unknown;
  readonly status: () => ConnectionStatus;
  /** Whether a change of this client is not confirmed yet. */
  readonly hasPending: () => boolean;
  /** Reports a change of the connection. */
  readonly setStatus: (change: Partial<ConnectionStatus>) => void;
  /** Sends the waiting push at once, over the transport of the moment. */
  readonly retryPush: () => void;
}

/** Makes the transport of a client. */
export type MakeTransport = (context: TransportContext) => Transport;
