import type { ChangeDefinition, Definition } from '../core/definition.ts';
import type { Json } from '../protocol/json.ts';
import type { Environment, SocketConstructor } from './platform/environment.ts';
import type { TokenSource } from './platform/tokens.ts';
import type { OnRefused, PushHandle } from './push/push-promises.ts';
import type { ClientStorage } from './storage/storage.ts';
import type { TransportMode } from './transport/live-transports.ts';
import type { Inverse } from './undo/undo-history.ts';

/** What every client needs to know. */
export interface BaseClientOptions {
  /** The service's address, e.g. `https://state.example`. In a page of the same origin: `location.origin`. */
  readonly url: string;
  /** `owner/app`. */
  readonly application: string;
  /** A JWT, or what brings one: asked again before one ends and when one is refused. Not needed by open dev servers. */
  readonly token?: TokenSource;
  /** Milliseconds between two polls while something happens; fewer and fewer come when nothing does. Default: 250. */
  readonly interval?: number;
  /** Who pushes; must be this client's alone. Default: made up, and kept with the unsent changes where they are. */
  readonly clientId?: string;
  /** Told of each change that was refused or rejected, also of those kept from before the page was loaded again. */
  readonly onRefused?: OnRefused;
  /** For other fetches, and for tests. */
  readonly fetch?: typeof fetch;
  readonly environment?: Partial<Environment>;
}

/** How a client is made. */
export interface ClientOptions<Kind extends Definition = DocumentKind> extends BaseClientOptions {
  /** What the application runs: types `push` and `state`, and makes changes show at once. Without it: a `document`. */
  readonly definition?: Kind;
  /** Default: `auto`, a socket with polls while there is none. */
  readonly transport?: TransportMode;
  /** Default: IndexedDB where there is one, so that unsent changes outlive the tab; otherwise memory. */
  readonly storage?: ClientStorage;
  /** Makes `undo` possible for a definition of one's own. Default: JSON Patches for a `document`, else none. */
  readonly inverse?: Inverse;
  readonly WebSocket?: SocketConstructor;
}

/** What is known of an application without a definition. */
export interface DocumentKind extends Definition {
  readonly changes: {
    readonly merge: ChangeDefinition<Json, Json>;
    readonly patch: ChangeDefinition<Json, Json>;
  };
}

/** The state of a definition, as its reducers see it. */
export type StateOf<Kind extends Definition> =
  Kind['changes'][keyof Kind['changes']] extends ChangeDefinition<infer State, never> ? State : Json;

type ArgsOf<Change> = Change extends ChangeDefinition<never, infer Args> ? Args : never;

/** One function for each change of a definition. Args that may be empty may be left out. */
export type PushOf<Kind extends Definition> = {
  readonly [Name in keyof Kind['changes']]: object extends ArgsOf<Kind['changes'][Name]>
    ? (args?: ArgsOf<Kind['changes'][Name]>) => PushHandle
    : (args: ArgsOf<Kind['changes'][Name]>) => PushHandle;
};
