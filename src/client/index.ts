// All that the client offers. Nothing here runs when it is imported, so that bundlers keep only what is used.
export { type Client, createClient, type Presence } from './client.ts';
export type { ChangeRequest, Inverse } from './history.ts';
export { defaultStorage, indexedDbStorage } from './indexed-db.ts';
export { createLightClient, type LightClientOptions } from './light.ts';
export type { LightClient } from './open-client.ts';
export type { ClientOptions, CoreOptions, DocumentKind, PushOf, StateOf } from './options.ts';
export type { Peers } from './presence.ts';
export { ProblemError } from './problem-error.ts';
export type { Signal, Status, TransportName } from './status.ts';
export {
  type ClientStorage,
  type ClientStore,
  memoryStorage,
  type PersistedState,
  type StoreTransaction,
} from './storage.ts';
export type { PushHandle } from './waits.ts';
