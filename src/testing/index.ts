// The public entry point `changebucket/testing`: a definition under test, without a server or a network.
export { type ArbitraryOptions, arbitraryChanges } from './arbitrary/arbitrary-changes.ts';
export { fakeServer } from './fake/fake-server.ts';
export type {
  FakeClientOptions,
  FakeConnection,
  FakeRefusal,
  FakeServer,
  FakeServerOptions,
} from './fake/fake-server-api.ts';
export type { Impurity, ImpurityCause } from './impurity.ts';
export type { AppliedOutcome, Outcome, RefusedOutcome, RejectedOutcome } from './outcome.ts';
export { type ReplayResult, replay } from './replay.ts';
export { type RunOptions, type RunResult, run } from './run.ts';
export type { AnyChange, Sender, TestChange } from './test-change.ts';
