// The public API of the client. Importing it runs nothing, so that bundlers keep only what is used.

export type { StateOf } from '../core/definition.ts';
export type { ChangeEffect, ChangeRequest, Inverse } from '../core/inverse.ts';
export { applicationName } from '../protocol/ids.ts';
export type { ProblemName } from '../protocol/problems.ts';
export type { AppliedTicket } from '../protocol/receipt.ts';
export { createClient } from './client.ts';
export type { HeldChange, LightClient } from './client-api.ts';
export { isRejectedBy, type RejectedError } from './is-rejected-by.ts';
export { createLightClient, type LightClientOptions } from './light-client.ts';
export type { Client, Presence } from './open-client.ts';
export type {
  BaseClientOptions,
  BatchPushOf,
  ClientOptions,
  DocumentKind,
  NotAsync,
  PartOptions,
  PushOf,
  SeedOption,
} from './options.ts';
export { type ClientProblemName, ProblemError } from './platform/problem-error.ts';
export { createPollingClient, type PollingClientOptions } from './polling-client.ts';
export type { Peers } from './presence/peers.ts';
export { changesIn } from './push/batch.ts';
export { type GiveUp, type GiveUpLimits, giveUpAfter } from './push/give-up.ts';
export type { OnRefused, PushHandle, PushReceipt } from './push/push-handle.ts';
export type { PushOptions } from './push/push-options.ts';
export type { RequestCost } from './push/push-response.ts';
export { type Readable, readable, readableStatus } from './readable.ts';
export { type RefreshOptions, refresh } from './refresh.ts';
export { seedOf } from './seed-of.ts';
export type { Seed } from './state/seed.ts';
export type { Signal, Status, TransportName } from './state/status.ts';
export {
  type Adopt,
  type AdoptOptions,
  type AdoptTarget,
  adoptAnonymous,
  adoptUnattributed,
} from './storage/adopt-changes.ts';
export { defaultStorage, indexedDbStorage } from './storage/indexed-db.ts';
export {
  type ClientStorage,
  type ClientStore,
  memoryStorage,
  type PersistedState,
  type StatePatch,
  type StateTransaction,
  type StoreTransaction,
} from './storage/storage.ts';
