import type { Environment, Visibility } from '../../client/platform/environment.ts';
import { setRealTimer } from './real-time.ts';

/** The page of one client, as far as the client asks for it: it is visible, and has a network or not. */
export class FakePage {
  readonly #listeners = new Set<() => void>();
  #isOnline: boolean = true;
  /** Its sockets, open or not. */
  readonly sockets = new Set<{ cut(): void }>();

  get isOnline(): boolean {
    return this.#isOnline;
  }

  set isOnline(isOnline: boolean) {
    this.#isOnline = isOnline;
    if (!isOnline) {
      for (const socket of this.sockets) socket.cut();
      this.sockets.clear();
    }
    for (const listener of [...this.#listeners]) listener();
  }

  /** The platform of a client on this page. */
  environment(now: () => number, newId: () => string): Omit<Environment, 'fetch' | 'WebSocket'> {
    return {
      now,
      newId,
      // In the middle: the delays of retries are always the same.
      random: () => 0.5,
      setTimer: setRealTimer,
      isOnline: () => this.#isOnline,
      visibility: (): Visibility => 'visible',
      watch: (changed) => {
        this.#listeners.add(changed);
        return () => {
          this.#listeners.delete(changed);
        };
      },
      // Each client is a browser of its own.
      locks: undefined,
    };
  }
}
