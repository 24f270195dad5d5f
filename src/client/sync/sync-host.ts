import type { Environment } from '../platform/environment.ts';
import type { Http } from '../platform/http-client.ts';
import type { PendingChange } from '../push/pending-queue.ts';
import type { Waits } from '../push/push-promises.ts';
import type { Applied, Replica } from '../state/local-state.ts';
import type { Message } from '../state/state-messages.ts';

/** Where the changes of a tab live, and who runs the loops: the tab for itself, or one for all tabs of a browser. */
export interface Home {
  /** Resolves when what was kept has been read. */
  readonly ready: Promise<void>;
  /** Shows a change, keeps it and sees to it that it is sent. */
  add(entry: PendingChange): void;
  close(): void;
}

/** What a home has around it: one tab. */
export interface Seat {
  readonly environment: Environment;
  readonly http: Http;
  readonly replica: Replica;
  readonly waits: Waits;
  /** Makes it so in this tab, without a word to those who look. */
  readonly take: (message: Message) => Applied;
  readonly notify: () => void;
  /** Both. */
  readonly apply: (message: Message) => Applied;
}

export type MakeHome<Its extends Home> = (seat: Seat) => Its;
