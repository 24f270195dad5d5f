import type { MayBeOmitted } from '../core/change-of.ts';
import type { ArgsOf, ChangeDefinition, Definition, ReasonOf, StateOf } from '../core/definition.ts';
import type { Inverse } from '../core/inverse.ts';
import type { PartAt } from '../core/json/part-at.ts';
import type { Json } from '../protocol/json.ts';
import type { Environment, SocketConstructor } from './platform/environment.ts';
import type { TokenSource } from './platform/tokens.ts';
import type { GiveUp } from './push/give-up.ts';
import type { OnRefused, PushHandle } from './push/push-handle.ts';
import type { PushOptions } from './push/push-options.ts';
import type { Seed } from './state/seed.ts';
import type { Adopt } from './storage/adopt-changes.ts';
import type { ClientStorage } from './storage/storage.ts';
import type { TransportMode } from './transport/live-transports.ts';

/** The options of every client. */
export interface BaseClientOptions<Reason extends string = string> {
  /** The address of the service: `https://state.example`. In a page of the same origin: `location.origin`. */
  readonly url: string;
  /**
   * The name of the application: `owner/app`. The owner is percent-encoded as in a path; `applicationName` makes it from
   * the subject of any identity provider: `applicationName({ owner: 'auth0|5f7c', app: 'notes' })`.
   */
  readonly application: string;
  /**
   * A JWT, or a function that fetches one: it is called again before one expires and when the server refuses one. Not
   * needed where the server is open for development.
   */
  readonly token?: TokenSource;
  /** Milliseconds between two polls while the state changes; polls become rarer while it does not. Default: 250. */
  readonly interval?: number;
  /**
   * Milliseconds that changes may wait unapplied: after an answer with a higher lag, the next poll has the server apply the
   * queue first. Event streams and sockets need no bound, as the server applies at once while somebody watches [D11].
   * Default: none.
   */
  readonly maxLag?: number;
  /** The client id to push under. Two clients must never share one. Default: a random one, stored with the changes. */
  readonly clientId?: string;
  /**
   * Called for each change that was refused or rejected, also for stored changes of earlier pages: the first listener of
   * `client.onRejected`, there from the beginning.
   */
  readonly onRefused?: OnRefused<Reason>;
  /**
   * `giveUpAfter({ ms, attempts })` drops changes that the server has not accepted by then, with a problem that says whether
   * they may have been. The same in all tabs. Default: none is ever given up.
   */
  readonly giveUp?: GiveUp;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
  /** Replaces the clock, the network and other globals, for tests. Default: those of the platform. */
  readonly environment?: Partial<Environment>;
}

/** The option of both clients that depends on the definition. */
export interface SeedOption<Kind extends Definition, State = StateOf<Kind>> {
  /**
   * The state to begin with, for example that from which the server has rendered the page, with its etag. It shows at
   * once, and until the server or the store of this browser has a newer one; `confirmed` and `status.version` have it once
   * the server has said that it knows it. An etag that is none, or of another application, costs nothing but the whole
   * answer. Default: the initial state of the definition; of the light client: `{}`; of a part: `undefined`.
   */
  readonly seed?: Seed<State> | undefined;
}

/** The options of both clients that make the type of the state. */
export interface PartOptions<Kind extends Definition, Path extends string = ''>
  extends SeedOption<Kind, PartAt<StateOf<Kind>, Path>> {
  /**
   * The JSON Pointer of the only part of the state to load and to follow. `state` is the confirmed part then, and
   * `undefined` while nothing stands there; pushes go to the whole application. Default: the whole state, as with `''`.
   */
  readonly path?: Path;
}

/** The options of `createClient`. */
export interface ClientOptions<Kind extends Definition = DocumentKind, Path extends string = ''>
  extends BaseClientOptions<ReasonOf<Kind>>,
    PartOptions<Kind, Path> {
  /** The definition that the application runs: it types `push` and `state`, and lets changes show at once. Default: `document`. */
  readonly definition?: Kind;
  /** Default: `auto`, a socket, and polls while there is none. */
  readonly transport?: TransportMode;
  /**
   * Keeps unsent changes and the last state, for each subject apart. Default: IndexedDB, so that they outlive the tab;
   * memory where there is none.
   */
  readonly storage?: ClientStorage;
  /**
   * The subject (`sub`) that the tokens are of, if the page knows it before the first token comes: then what was stored
   * for it shows at once, also offline. Default: that of the first token; nothing that was stored shows until it has come.
   */
  readonly subject?: string;
  /**
   * `adoptAnonymous` takes along unsent changes when somebody signs in: those that were pushed in this browser without a
   * token are moved to the subject and sent under its name. Default: they stay where they are.
   */
  readonly adopt?: Adopt;
  /** Makes the change that undoes another one. Default: the definition's `inverse`; `revert` for a `document`. Without any, nothing can be undone. */
  readonly inverse?: Inverse;
  /** Default: the global one; without any, `auto` polls. */
  readonly WebSocket?: SocketConstructor;
}

/** The kind of an application without a definition: any JSON, changed by merge patch (RFC 7396) or JSON Patch (RFC 6902). */
export interface DocumentKind extends Definition {
  readonly changes: {
    readonly merge: ChangeDefinition<Json, Json>;
    readonly patch: ChangeDefinition<Json, Json>;
  };
}

/** One function for each change of a definition. Args that may be `{}` may be left out. */
export type PushOf<
  Kind extends Definition,
  Result = PushHandle,
  Options extends readonly unknown[] = [options?: PushOptions],
> = {
  readonly [Name in keyof Kind['changes']]: MayBeOmitted<ArgsOf<Kind['changes'][Name]>> extends true
    ? (args?: ArgsOf<Kind['changes'][Name]>, ...options: Options) => Result
    : (args: ArgsOf<Kind['changes'][Name]>, ...options: Options) => Result;
};

/** The functions that add a change to a batch. They take no options and return nothing: those are of the whole batch. */
export type BatchPushOf<Kind extends Definition> = PushOf<Kind, undefined, []>;

/** What a function that is not asynchronous returns when its result is not used: TypeScript refuses a promise here. */
export type NotAsync = ReturnType<() => void> | undefined;
