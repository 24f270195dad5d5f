import { Subscribers } from '../platform/subscribers.ts';
import { NOBODY, type Peers } from './peers.ts';

/** Who else is there, and who wants to know. */
export class Room {
  readonly subscribers: Subscribers<Peers> = new Subscribers(() => this.#peers);
  #peers: Peers = NOBODY;

  get peers(): Peers {
    return this.#peers;
  }

  take(peers: Peers): void {
    this.#peers = peers;
    this.subscribers.notify();
  }
}
