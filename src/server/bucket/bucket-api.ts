import type { ChangeOf } from '../../core/change-of.ts';
import type { Claims, Definition, StateOf } from '../../core/definition.ts';
import type { Json } from '../../protocol/json.ts';
import type { Outcome, Receipt } from '../../protocol/receipt.ts';
import type { MintOptions } from '../access/mint-token.ts';

/** On whose behalf a call is made. */
export interface Actor {
  /** The subject, as a token has it. Reducers see it as `user`, and its rates and shares are used. Default: the owner. */
  readonly as?: string;
}

/** The options of `push`. */
export interface BucketPushOptions extends Actor {
  /**
   * An idempotency key, up to 128 of `A-Z a-z 0-9 . _ ~ -`: a push that is repeated with it is applied once [Q8]. Without
   * one, a push that fails with `unavailable` may have been accepted.
   */
  readonly key?: string;
  /** Seconds to wait for the outcome, whole ones, at most 25 [Q11]. Default: answer once the change is in the queue. */
  readonly wait?: number;
  /** The kind that is meant, and that is created where there is no application yet [L2]. Default: that of the definition. */
  readonly kind?: string;
  /** The etag that the state must have when the change is applied [Q12], with its quotes, or `*`. */
  readonly ifMatch?: string;
  /**
   * The claims that reducers see, as those of a token: of them, those that the definition lists, at most 1,024 bytes of JSON.
   * Default: none.
   */
  readonly claims?: Claims;
  /** Whether precondition, name and args are checked before the change is accepted as well [Q13]. Default: false. */
  readonly precheck?: boolean;
}

/** An accepted change: in the queue, durably, or applied already. */
export type PushedChange = Receipt & Extract<Outcome, { readonly status: 'queued' | 'applied' }>;

/** The options of `read`. */
export interface BucketReadOptions extends Actor {
  /** Whether to apply the queue first, so that the state has everything that was accepted before [S6]. Default: false. */
  readonly drain?: boolean;
  /** The lowest version that will do [S7]. */
  readonly minVersion?: number;
  /** Seconds to wait for that version, whole ones, at most 25. Default: 0. */
  readonly wait?: number;
  /** A past version to read instead of the newest [S8]. */
  readonly at?: number;
  /** The JSON Pointer of the only part to read [S9]. Default: the whole state. */
  readonly path?: string;
}

/** A state, or a part of it, and where it stands. */
export interface StateRead<State> {
  readonly state: State;
  /** The seq of the last change that was applied to the state. */
  readonly version: number;
  readonly epoch: string;
  /** Epoch and version as an entity tag, with its quotes: what `ifMatch` takes. */
  readonly etag: string;
}

/** An application that `create` has made or found. */
export interface CreatedApplication {
  /** False when it existed already, with the same kind. */
  readonly created: boolean;
  readonly version: number;
  readonly epoch: string;
}

/**
 * The applications of this deployment, for code in the same Worker. Calls need no token and no role: they may do
 * everything that the owner of an application may. All else is as over HTTP: validation, limits, kinds, budget, rates and
 * shares of the subject, and the problems.
 *
 * Applications are named `owner/app`, with the owner percent-encoded: `applicationName` makes that.
 */
export interface Bucket<Kind extends Definition = Definition> {
  /**
   * Pushes a change. The first push creates the application [L2].
   *
   * @returns the receipt, once the change is durable; with `wait`, the ticket, once it is applied, or the receipt with
   * the status `queued` when the time is over
   * @throws ProblemError when the push is refused, with the problem that an HTTP request would get; with `wait` also when
   * the change is rejected, and then its member `accepted` is true [Q17]
   */
  push(application: string, change: ChangeOf<Kind>, options?: BucketPushOptions): Promise<PushedChange>;
  /**
   * Reads the state, or a part of it. The whole state has the type of the definition's, which is not checked against the
   * kind of the application.
   *
   * @throws ProblemError such as `unknown-application`, `unknown-path` or `version-not-reached`
   */
  read<Options extends BucketReadOptions = { readonly path?: never }>(
    application: string,
    options?: Options,
  ): Promise<StateRead<Options extends { readonly path: string } ? Json : StateOf<Kind>>>;
  /**
   * Creates an application [L1]. One that exists with the same kind is left as it is.
   *
   * @param options `kind` is the name of a kind of this deployment; default: that of the definition
   * @throws ProblemError `kind-conflict`, `unknown-kind` or `budget-exceeded`
   */
  create(application: string, options?: Actor & { readonly kind?: string }): Promise<CreatedApplication>;
  /**
   * Makes a token that this deployment accepts, as `mintToken` does, with the secret, the issuer and the audience of the
   * environment.
   *
   * @throws ProblemError `not-configured` where the environment has no `AUTH_SECRET`: tokens are those of an identity
   * provider then
   * @throws TypeError as `mintToken` does
   */
  mint(options: MintOptions): Promise<string>;
}
