import type { Peer } from '../../protocol/frames.ts';
import type { Json } from '../../protocol/json.ts';
import { Subscribers } from '../platform/subscribers.ts';

/** Who is there, as far as the socket tells; nobody while there is no socket. */
export interface Peers {
  /** This browser's own name among them. */
  readonly self: string | undefined;
  readonly peers: readonly Peer[];
}

export const NO_PEERS: Peers = { self: undefined, peers: [] };

/** Takes over what one frame tells: it names only those who have changed. `data` null is a farewell [W15]. */
export const mergePeers = (known: Peers, self: string | undefined, news: readonly Peer[]): Peers => {
  const told = new Set(news.map(({ peer }) => peer));
  const rest = known.peers.filter(({ peer }) => !told.has(peer));
  return { self: self ?? known.self, peers: [...rest, ...news.filter(({ data }) => data !== null)] };
};

/** What this browser tells of itself. Kept, so that it can be sent again before its time is over, and after a break. */
export interface OwnPresence {
  readonly data: Json;
  /** Seconds. */
  readonly ttl: number;
}

/** Who else is there, and who wants to know. */
export class PeerStore {
  readonly subscribers: Subscribers<Peers> = new Subscribers(() => this.#peers);
  #peers: Peers = NO_PEERS;

  get peers(): Peers {
    return this.#peers;
  }

  update(peers: Peers): void {
    this.#peers = peers;
    this.subscribers.notify();
  }
}
