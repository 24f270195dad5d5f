import type { Json } from '../../../protocol/json.ts';
import type { SocketIdentity } from '../../access/socket-identity.ts';

/** What outlives the object's memory: kept by the platform with each socket, up to 16 KiB [W14]. */
export interface Attachment {
  /** Names the socket to the others. */
  readonly peer: string;
  readonly identity: SocketIdentity;
  /** The clients it has pushed as, the last one last [W10]. */
  readonly clients: readonly string[];
  /** What it follows, and the version it was told last; of the whole state only while it is paused. */
  readonly watch?: {
    readonly path: string;
    readonly epoch?: string;
    readonly version: number;
    /** Since when it takes nothing, ms since 1970 [W11]. */
    readonly pausedAt?: number;
  };
  /** What it told the others, true until a time in ms since 1970; null when it only listens. */
  readonly presence?: { readonly data: Json; readonly until: number };
}
