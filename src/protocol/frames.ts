import type { Json } from './json.ts';
import type { PatchOperation } from './patch.ts';
import type { Waiting } from './position.ts';
import type { ProblemBody } from './problems.ts';
import type { Cost, Receipt, Ticket } from './receipt.ts';
import type { Version } from './version.ts';

// The frames of a socket: each is one JSON object in a text message [W]. Both unions are closed.

/** The WebSocket subprotocol that a client must offer [W1]. */
export const SOCKET_PROTOCOL = 'changebucket.v1';
/** The prefix of an offered subprotocol that carries the token: browsers cannot set headers on a socket [W2]. */
export const TOKEN_PROTOCOL = 'bearer.';
/** Offered by a client without a token: it is let in at once where the application is public [A15]. */
export const PUBLIC_PROTOCOL = 'public';

/** Not a frame: a text that the platform answers with `PONG` without waking the application. */
export const PING = 'ping';
/** The platform's answer to `PING`. */
export const PONG = 'pong';

/** A change in a frame. */
export interface SentChange {
  readonly name: string;
  /** Default: `{}`. */
  readonly args?: Json;
  /** Random text that tells it from an equal change of a client with the same id and n [Q18]. */
  readonly nonce?: string;
}

/** A frame from a client. */
export type ClientFrame =
  | { readonly type: 'auth'; readonly token: string }
  | { readonly type: 'subscribe'; readonly path?: string; readonly known?: Version }
  | { readonly type: 'unsubscribe' }
  | ({
      readonly type: 'push';
      readonly client: string;
      readonly n: number;
      readonly match?: '*' | readonly string[];
      /** Asks for a `cost` frame [C2]. */
      readonly cost?: true;
      /** The kind that the push is meant for [L2]. */
      readonly kind?: string;
    } & SentChange)
  | {
      readonly type: 'batch';
      readonly client: string;
      readonly n: number;
      readonly changes: readonly SentChange[];
      readonly atomic?: boolean;
      /** Etags with their quotes, as in `If-Match`; only with `atomic` [Q12]. */
      readonly match?: '*' | readonly string[];
      readonly cost?: true;
      readonly kind?: string;
    }
  | { readonly type: 'presence'; readonly data: Json; readonly ttl?: number }
  | { readonly type: 'ack'; readonly mark: number };

/** The presence of another socket. `data` is null once it is withdrawn, has expired, or the socket has left. */
export interface Peer {
  /** An id of the socket, for its lifetime. */
  readonly peer: string;
  /** The `sub` of its token. */
  readonly user: string;
  readonly data: Json;
  /** Seconds from now until the data expires, unless it is sent again. */
  readonly ttl: number;
}

/** A frame from the server. */
export type ServerFrame =
  /** `expires` is the token's `exp`, in seconds since 1970; absent under open access. */
  | { readonly type: 'authorized'; readonly role: 'reader' | 'writer' | 'admin'; readonly expires?: number }
  /**
   * The version of the definition that the deployment runs; comes before the answer to each `subscribe` [T2]. `queue` and
   * `lag` are left out when they are 0 [W18].
   */
  | ({ readonly type: 'definition'; readonly version: number } & Partial<Waiting>)
  /** Comes while changes stay in the queue, and once when it is empty again [W18]. */
  | ({ readonly type: 'queue' } & Waiting)
  | ({ readonly type: 'current' } & Version)
  | ({ readonly type: 'state'; readonly state: Json } & Version)
  /** `from` is left out when it is `to` - 1: the patch of one change. */
  | { readonly type: 'patch'; readonly from?: number; readonly to: number; readonly patch: readonly PatchOperation[] }
  | ({ readonly type: 'gone' } & Version)
  | { readonly type: 'resync' }
  | { readonly type: 'receipts'; readonly receipts: readonly Receipt[] }
  | { readonly type: 'outcomes'; readonly outcomes: readonly Ticket[] }
  /** The cost of an accepted push that asked for it: rows (its part), bytes of its changes, millionths of a dollar. */
  | ({ readonly type: 'cost'; readonly client: string; readonly n: number; readonly microdollars: number } & Omit<
      Cost,
      'awakeMs'
    >)
  | { readonly type: 'refused'; readonly client: string; readonly n: number; readonly problem: ProblemBody }
  | { readonly type: 'presence'; readonly self?: string; readonly peers: readonly Peer[] }
  | { readonly type: 'mark'; readonly mark: number }
  | { readonly type: 'paused' }
  | { readonly type: 'error'; readonly problem: ProblemBody };
