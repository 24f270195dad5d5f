import type { Json } from '../../../protocol/json.ts';
import type { SocketIdentity } from '../../access/socket-identity.ts';
import type { Subscription } from './subscription.ts';

/** The part of a socket that survives hibernation: the platform keeps up to 16 KiB with each socket [W14]. */
export interface Attachment {
  /** Id of the socket among the others. */
  readonly peer: string;
  readonly identity: SocketIdentity;
  /** The clients that it has pushed as, the last one last [W10]. */
  readonly clients: readonly string[];
  /** Its subscription, with the version it was sent last. For the whole state that version is only kept while it is paused. */
  readonly watch?: {
    readonly path: string;
    readonly epoch?: string;
    readonly version: number;
    /** Paused since then, ms since 1970 [W11]. */
    readonly pausedAt?: number;
  };
  /** Its presence, valid until a time in ms since 1970. `data` is null when it only listens. */
  readonly presence?: { readonly data: Json; readonly until: number };
}

/** An identity of earlier deployments, whose objects held sockets without a token, too. */
type StoredIdentity = SocketIdentity | { readonly kind: 'unauthenticated' };

/** A stored attachment. The first deployments called the identity `who`. */
type StoredAttachment = Omit<Attachment, 'identity'> &
  ({ readonly identity: StoredIdentity } | { readonly who: StoredIdentity });

/** Undefined for a socket that has never been given one, or was never authenticated. */
export const readAttachment = (ws: Pick<WebSocket, 'deserializeAttachment'>): Attachment | undefined => {
  const stored = ws.deserializeAttachment() as StoredAttachment | null;
  if (stored === null) return undefined;
  const identity = 'identity' in stored ? stored.identity : stored.who;
  if (identity.kind === 'unauthenticated') return undefined;
  const { peer, clients, watch, presence } = stored;
  return {
    peer,
    identity,
    clients,
    ...(watch === undefined ? {} : { watch }),
    ...(presence === undefined ? {} : { presence }),
  };
};

/**
 * The subscription of a socket that has survived hibernation.
 *
 * @param current version of the state when this instance began: the previous one had delivered everything up to it
 */
export const restoreSubscription = ({ watch }: Attachment, current: number): Subscription | undefined => {
  if (watch === undefined) return undefined;
  const { path, epoch, version, pausedAt } = watch;
  // The version of a socket that follows the whole state is not stored at every step: it is the current one.
  const isStored = path !== '' || pausedAt !== undefined;
  const sent = epoch === undefined ? undefined : { epoch, version: isStored ? version : current };
  return { path, sent, currentTo: pausedAt === undefined ? current : version };
};

/** @param pausedAt ms since 1970; undefined while it is not paused */
export const watchOf = (
  { path, sent, currentTo }: Subscription,
  pausedAt: number | undefined,
): NonNullable<Attachment['watch']> => ({
  path,
  ...(sent === undefined ? {} : { epoch: sent.epoch }),
  version: sent?.version ?? currentTo,
  ...(pausedAt === undefined ? {} : { pausedAt }),
});
