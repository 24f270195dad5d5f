import type { Environment } from '../platform/environment.ts';
import type { HttpClient } from '../platform/http-client.ts';
import type { PendingChange } from '../push/pending-queue.ts';
import type { PushPromises } from '../push/push-promises.ts';
import type { ApplyResult, LocalState } from '../state/local-state.ts';
import type { StateMessage } from '../state/state-messages.ts';

/** Where the changes of a tab live, and who runs the loops: the tab for itself, or one for all tabs of a browser. */
export interface SyncHost {
  /** Resolves when what was kept has been read. */
  readonly ready: Promise<void>;
  /** Shows a change, keeps it and sees to it that it is sent. */
  add(entry: PendingChange): void;
  close(): void;
}

/** What a home has around it: one tab. */
export interface TabContext {
  readonly environment: Environment;
  readonly http: HttpClient;
  readonly local: LocalState;
  readonly promises: PushPromises;
  /** Makes it so in this tab, without a word to those who look. */
  readonly take: (message: StateMessage) => ApplyResult;
  readonly notify: () => void;
  /** Both. */
  readonly apply: (message: StateMessage) => ApplyResult;
}

export type MakeSyncHost<Its extends SyncHost> = (tab: TabContext) => Its;
