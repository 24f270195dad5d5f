import type { PeerStore } from '../presence/peers.ts';
import type { Adopt } from '../storage/adopt-changes.ts';
import type { ClientStorage } from '../storage/storage.ts';
import type { MakeTransport } from '../transport/transport.ts';
import type { DispatchObserver } from './dispatch.ts';
import type { SubjectSource } from './learn-subject.ts';

/** The options of `MultiTabHost`. */
export interface MultiTabHostOptions {
  readonly url: string;
  readonly application: string;
  readonly clientId?: string;
  readonly adopt?: Adopt;
  readonly subjects: SubjectSource;
  readonly storage: ClientStorage;
  readonly peerStore: PeerStore;
  readonly makeTransport: MakeTransport;
  readonly observer: DispatchObserver;
}
