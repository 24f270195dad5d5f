import type { Environment } from '../platform/environment.ts';
import { Timer } from '../platform/timer.ts';
import { OPEN_TIMEOUT_MS } from './live-transport.ts';

/** After so much silence, in ms, a ping is sent; and the pong may take so long. */
const PING_AFTER_MS = 20_000;
const PONG_WITHIN_MS = 10_000;
/** When somebody looks or pushes: after so much silence a ping is sent, and the pong may take so long. */
const CHECK_AFTER_MS = 2_000;
const CHECK_WITHIN_MS = 2_000;

export interface HeartbeatEvents {
  readonly sendPing: () => void;
  /** The socket is dead, even if it has not said so. */
  readonly onTimeout: () => void;
}

/** Notices that a socket is dead: it does not open in time, or a ping is not answered. */
export class SocketHeartbeat {
  readonly #now: Environment['now'];
  readonly #timer: Timer;
  readonly #events: HeartbeatEvents;
  #heardAt = 0;
  #isChecking: boolean = false;

  constructor(environment: Environment, events: HeartbeatEvents) {
    this.#now = environment.now;
    this.#timer = new Timer(environment);
    this.#events = events;
  }

  /** To be called when the socket is made. */
  expectOpen(): void {
    this.#timer.set(OPEN_TIMEOUT_MS, this.#events.onTimeout);
  }

  /** To be called whenever something was received. */
  reset(): void {
    this.#heardAt = this.#now();
    this.#isChecking = false;
    this.#timer.set(PING_AFTER_MS, () => {
      this.#events.sendPing();
      this.#timer.set(PONG_WITHIN_MS, this.#events.onTimeout);
    });
  }

  /** To be called when somebody looks or pushes: a socket that has been silent must answer soon. */
  check(): void {
    if (this.#isChecking || this.#now() - this.#heardAt < CHECK_AFTER_MS) return;
    this.#isChecking = true;
    this.#events.sendPing();
    this.#timer.set(CHECK_WITHIN_MS, this.#events.onTimeout);
  }

  stop(): void {
    this.#timer.clear();
  }
}
