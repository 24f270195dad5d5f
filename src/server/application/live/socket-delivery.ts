import { DeliveryThrottle } from '../../../core/limits/delivery-throttle.ts';
import { THROTTLED_AUDIENCE_MIN } from '../../../protocol/limits.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import { frameOf } from './print-update.ts';
import type { Socket } from './socket.ts';
import { expiredToken } from './socket-auth.ts';
import type { UpdateCache } from './update-cache.ts';

/** All open sockets. */
type Audience = ReadonlyMap<WebSocket, Socket>;

export interface SocketDeliveryOptions {
  readonly updates: UpdateCache;
  /** The loaded state after a head check; undefined when the application does not exist. */
  readonly current: () => LoadedState | undefined;
}

/** Delivers the steps of the state to sockets. Large audiences get coalesced updates [W5]. */
export class SocketDelivery {
  readonly #options: SocketDeliveryOptions;
  readonly #throttle = new DeliveryThrottle();
  /** `paused` after a delivery to a large audience; `behind` when the state has moved during the pause. */
  #pace: 'ready' | 'paused' | 'behind' = 'ready';

  constructor(options: SocketDeliveryOptions) {
    this.#options = options;
  }

  /** Delivers a step to all sockets: at once, or together with later steps when the pause is over. */
  deliverStep(audience: Audience, loaded: LoadedState): void {
    if (this.#pace === 'ready') this.#deliverAll(audience, loaded);
    else this.#pace = 'behind';
  }

  /** Brings one socket to the current version, unless it is paused; closes it when it must not get any more. */
  deliver(socket: Socket, loaded: LoadedState, now: number): void {
    if (socket.isExpired(now)) socket.refuse(expiredToken());
    else if (socket.isLost(now)) socket.close('too-slow');
    else if (!socket.isPaused) this.catchUp(socket, loaded);
  }

  /** Brings one socket to the current version. */
  catchUp(socket: Socket, loaded: LoadedState): void {
    const { subscription } = socket;
    const update = subscription === undefined ? undefined : this.#options.updates.next(loaded, subscription);
    if (update !== undefined) socket.sendUpdate(frameOf(update));
  }

  /** Measures how long the delivery to a large audience blocks the object, and pauses accordingly [W5]. */
  #deliverAll(audience: Audience, loaded: LoadedState): void {
    const begun = Date.now();
    for (const socket of audience.values()) this.deliver(socket, loaded, begun);
    if (audience.size < THROTTLED_AUDIENCE_MIN) return;
    this.#pace = 'paused';
    // Measured in the next turn, because the clock may stand still while JavaScript runs. A timer also keeps the object
    // from hibernating while sockets are behind.
    setTimeout(() => this.#pause(audience, this.#throttle.pauseAfter(Date.now() - begun)), 0);
  }

  #pause(audience: Audience, pauseMs: number): void {
    if (pauseMs > 0) setTimeout(() => this.#resume(audience), pauseMs);
    else this.#resume(audience);
  }

  #resume(audience: Audience): void {
    const isBehind = this.#pace === 'behind';
    this.#pace = 'ready';
    const loaded = isBehind ? this.#options.current() : undefined;
    if (loaded !== undefined) this.#deliverAll(audience, loaded);
  }
}
