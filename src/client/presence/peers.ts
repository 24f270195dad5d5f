import type { Peer } from '../../protocol/frames.ts';
import type { Json } from '../../protocol/json.ts';
import { frozen } from '../platform/frozen.ts';
import { Subscribers } from '../platform/subscribers.ts';

/** The users who take part in presence. Empty while there is no socket. */
export interface Peers {
  /** The name of this browser among them. */
  readonly self: string | undefined;
  readonly peers: readonly Peer[];
}

/** No peers, without a socket. */
export const NO_PEERS: Peers = { self: undefined, peers: [] };

/** The peers after a frame, which names only those that have changed. `data` null: that one has left [W15]. */
export const mergePeers = (known: Peers, self: string | undefined, changed: readonly Peer[]): Peers => {
  const changedNames = new Set(changed.map(({ peer }) => peer));
  const unchanged = known.peers.filter(({ peer }) => !changedNames.has(peer));
  return { self: self ?? known.self, peers: [...unchanged, ...changed.filter(({ data }) => data !== null)] };
};

/** The presence of this browser. It is sent again before its time is over, and after a reconnect. */
export interface OwnPresence {
  readonly data: Json;
  /** Seconds. */
  readonly ttl: number;
}

/** The peers of one client, and their subscribers. */
export class PeerStore {
  readonly subscribers: Subscribers<Peers> = new Subscribers(() => this.#peers);
  #peers: Peers = frozen(NO_PEERS);

  get peers(): Peers {
    return this.#peers;
  }

  update(peers: Peers): void {
    this.#peers = frozen(peers);
    this.subscribers.notify();
  }
}
