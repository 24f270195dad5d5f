import type { Json } from './json.ts';
import type { PatchOperation } from './patch.ts';
import type { ProblemBody } from './problems.ts';
import type { Cost, Receipt, Ticket } from './receipt.ts';
import type { Version } from './version.ts';

// What travels on a socket: each frame is one JSON object in a text message [W]. Both unions are closed.

/** Must be among the offered ones [W1]. */
export const SOCKET_PROTOCOL = 'changebucket.v1';
/** An offered subprotocol that begins so carries the token: browsers cannot set headers on a socket [W2]. */
export const TOKEN_PROTOCOL = 'bearer.';

/** Not frames: texts that the platform answers by itself, without waking the application. */
export const PING = 'ping';
export const PONG = 'pong';

/** A change as it is sent: `args` defaults to `{}`. */
export interface SentChange {
  readonly name: string;
  readonly args?: Json;
}

/** What a client sends. */
export type ClientFrame =
  | { readonly type: 'auth'; readonly token: string }
  | { readonly type: 'subscribe'; readonly path?: string; readonly known?: Version }
  | { readonly type: 'unsubscribe' }
  | ({
      readonly type: 'push';
      readonly client: string;
      readonly n: number;
      readonly match?: '*' | readonly string[];
      /** To be told what it has cost [C2]. */
      readonly cost?: true;
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
    }
  | { readonly type: 'presence'; readonly data: Json; readonly ttl?: number }
  | { readonly type: 'ack'; readonly mark: number };

/** What another socket tells of itself. `data` null: it does so no longer. */
export interface Peer {
  /** Names the socket for as long as it lives. */
  readonly peer: string;
  /** The subject of its token. */
  readonly user: string;
  readonly data: Json;
  /** Seconds from now after which it is no longer true. */
  readonly ttl: number;
}

/** What the server sends. */
export type ServerFrame =
  /** `expires`: the token's `exp`, seconds since 1970; absent under open access. */
  | { readonly type: 'authorized'; readonly role: 'reader' | 'writer' | 'admin'; readonly expires?: number }
  | ({ readonly type: 'current' } & Version)
  | ({ readonly type: 'state'; readonly state: Json } & Version)
  /** `from` is left out where it is `to` less one: one change, one step. */
  | { readonly type: 'patch'; readonly from?: number; readonly to: number; readonly patch: readonly PatchOperation[] }
  | ({ readonly type: 'gone' } & Version)
  | { readonly type: 'resync' }
  | { readonly type: 'receipts'; readonly receipts: readonly Receipt[] }
  | { readonly type: 'outcomes'; readonly outcomes: readonly Ticket[] }
  /** Of an accepted push that asked for it: rows it had its part in, bytes of its changes, millionths of a dollar. */
  | ({ readonly type: 'cost'; readonly client: string; readonly n: number; readonly microdollars: number } & Omit<
      Cost,
      'awakeMs'
    >)
  | { readonly type: 'refused'; readonly client: string; readonly n: number; readonly problem: ProblemBody }
  | { readonly type: 'presence'; readonly self?: string; readonly peers: readonly Peer[] }
  | { readonly type: 'mark'; readonly mark: number }
  | { readonly type: 'paused' }
  | { readonly type: 'error'; readonly problem: ProblemBody };
