import type { PushCost } from '../client/platform/parse-cost.ts';
import type { ChangeOf } from '../core/change-of.ts';
import type { Definition, StateOf } from '../core/definition.ts';
import type { Position } from '../protocol/position.ts';
import type { Outcome, Receipt, Ticket } from '../protocol/receipt.ts';
import type { CallOptions } from './call.ts';
import type { ReadVersion } from './state-api.ts';

/** How a push is to be taken and answered. */
interface PushPreferences extends CallOptions {
  /** The etag that the state must have when the change is applied [Q12], with its quotes, or `*`. */
  readonly ifMatch?: string;
  /** Whole seconds, at most 25, to wait for the outcome [Q11]. Default: answer once the change is in the queue. */
  readonly wait?: number;
  /** Whether precondition, name and args are checked before the change is accepted as well [Q13]. Default: false. */
  readonly precheck?: boolean;
  /** The kind that is meant, and that is created where there is no application yet [L2]. Default: that of the definition. */
  readonly kind?: string;
}

/** Who pushes: a client with its own counter, or nobody, with a key against repeats. */
type Pusher =
  | {
      /** The id of the client, and its counter: 1, 2, 3 ... [Q2]. Without both, the change has an idempotency key. */
      readonly client: string;
      readonly n: number;
      /** A random text, sent again with each repeat, so that two copies of a client lose no change [Q18]. */
      readonly nonce?: string;
      readonly idempotencyKey?: never;
    }
  | {
      /** A push that is repeated with the same key is applied once [Q8]; an id by [I1]. Default: a random one, for this call alone. */
      readonly idempotencyKey?: string;
      readonly client?: never;
      readonly n?: never;
      readonly nonce?: never;
    };

/** The options of `push`. */
export type PushOptions<ReturnState extends boolean | undefined = boolean> = PushPreferences &
  Pusher & {
    /** Whether the answer is the state that contains the change, after waiting for it (`wait`, here 25 by default). */
    readonly returnState?: ReturnState;
  };

/** Consecutive changes of one client [Q6], for `batch`. */
export interface Batch<Kind extends Definition, ReturnState extends boolean | undefined = boolean>
  extends PushPreferences {
  readonly client: string;
  /** The counter of the first change. */
  readonly n: number;
  /** Up to 1,000. */
  readonly changes: readonly (ChangeOf<Kind> & { readonly nonce?: string })[];
  /** Whether all of them are applied or nothing [Q7]. `ifMatch` needs it. Default: false. */
  readonly atomic?: boolean;
  /** As of `push`. */
  readonly returnState?: ReturnState;
}

/** What the answer to a push tells besides. */
interface PushFacts {
  /** Where the application stood; undefined where a proxy has dropped the header. */
  readonly position: Position | undefined;
  /** What the push has cost by its answer [C2]. */
  readonly cost: PushCost | undefined;
}

/** An accepted change: in the queue, durably, or applied already. */
export type Pushed = Receipt & Extract<Outcome, { readonly status: 'queued' | 'applied' }> & PushFacts;

/** An accepted batch: the tickets of its changes, in order. Of a batch that is not atomic some may be rejected. */
export interface PushedBatch<Reason extends string = string> extends PushFacts {
  readonly tickets: readonly Ticket<Reason>[];
}

/** The state that contains an applied change. */
export interface PushedState<State> extends ReadVersion, PushFacts {
  readonly status: 'applied';
  readonly state: State;
}

/** The answer to a push or a batch. With `returnState` it has a `state`, unless the time was over before. */
export type PushAnswer<Plain, Kind extends Definition, ReturnState extends boolean | undefined> =
  | Plain
  | ([ReturnState] extends [false | undefined] ? never : PushedState<StateOf<Kind>>);
