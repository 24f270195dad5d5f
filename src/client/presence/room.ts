import { Subscribers } from '../platform/subscribers.ts';
import { NO_PEERS, type Peers } from './peers.ts';

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
