import { setRealTimer } from './real-time.ts';

/** The network between the clients and the fake server: how slow it is, and what is under way. */
export class FakeNetwork {
  /** Milliseconds that a message takes in one direction. */
  latencyMs = 0;
  #underWay = 0;

  /** True while no message is under way. A request that the server lets wait is not. */
  get isIdle(): boolean {
    return this.#underWay === 0;
  }

  /** A way for messages in one direction: they arrive in the order in which they were sent. */
  lane(): Lane {
    let last: Promise<void> = Promise.resolve();
    return (deliver) => {
      this.#underWay += 1;
      const { latencyMs } = this;
      const arrived =
        latencyMs === 0 ? Promise.resolve() : new Promise<void>((resolve) => setRealTimer(latencyMs, resolve));
      last = Promise.all([last, arrived]).then(() => {
        this.#underWay -= 1;
        deliver();
      });
    };
  }
}

/** Sends one message: calls when it arrives. */
export type Lane = (deliver: () => void) => void;
