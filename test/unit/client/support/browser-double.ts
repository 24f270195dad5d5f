import type { LockManager } from '../../../../src/client/platform/environment.ts';

interface LockRequest {
  readonly hold: () => Promise<void>;
  readonly reject: (error: Error) => void;
  isEnded: boolean;
}

/** The Web Locks of one browser, by name. Each tab has its own `LockManager`. */
export class LocksDouble {
  readonly #queues = new Map<string, LockRequest[]>();

  get names(): readonly string[] {
    return [...this.#queues.keys()];
  }

  readonly manager: LockManager = {
    request: (name, { signal, steal = false }, hold) =>
      new Promise((resolve, reject) => {
        const queue = this.#queues.get(name) ?? [];
        this.#queues.set(name, queue);
        const request: LockRequest = { hold, reject, isEnded: false };
        signal?.addEventListener('abort', () => {
          if (queue[0] === request) return;
          this.#end(name, request);
          reject(new Error('AbortError'));
        });
        if (steal) {
          const [holder] = queue.splice(0, 1);
          queue.unshift(request);
          if (holder !== undefined) {
            holder.isEnded = true;
            holder.reject(new Error('AbortError'));
          }
          this.#grant(name, resolve);
          return;
        }
        queue.push(request);
        if (queue[0] === request) this.#grant(name, resolve);
      }),
  };

  #grant(name: string, resolve: (value: unknown) => void = () => undefined): void {
    const request = this.#queues.get(name)?.[0];
    if (request === undefined) return;
    void request.hold().then(() => {
      resolve(undefined);
      if (!request.isEnded) this.#end(name, request);
    });
  }

  #end(name: string, request: LockRequest): void {
    request.isEnded = true;
    const queue = this.#queues.get(name) ?? [];
    const isHolder = queue[0] === request;
    const index = queue.indexOf(request);
    if (index >= 0) queue.splice(index, 1);
    if (isHolder) this.#grant(name);
  }
}
