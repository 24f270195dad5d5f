import type { SocketEvent, SocketLike } from '../../src/client/platform/environment.ts';
import { sign } from './api.ts';
import { fetchWorker } from './fetch-worker.ts';

/** A `fetch` to the Worker under test. */
export const workerFetch: typeof fetch = (input, init) => {
  const { cache: _, ...rest } = init ?? {};
  return fetchWorker(String(input), rest);
};

/** A socket to the Worker under test, with the interface of `WebSocket`. */
class WorkerSocket implements SocketLike {
  readyState = 0;
  readonly #listeners = new Map<string, (event: SocketEvent) => void>();
  #socket: WebSocket | undefined;

  constructor(url: string, protocols: readonly string[]) {
    const headers = { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': protocols.join(', ') };
    void fetchWorker(url.replace(/^ws/, 'http'), { headers }).then(({ webSocket }) => {
      if (this.readyState !== 0) return;
      if (!webSocket) {
        this.#emit('close', { code: 1006 });
        return;
      }
      this.#socket = webSocket;
      webSocket.accept();
      this.readyState = 1;
      webSocket.addEventListener('message', ({ data }) => this.#emit('message', { data }));
      webSocket.addEventListener('close', ({ code, reason }) => this.#emit('close', { code, reason }));
      this.#emit('open', {});
    });
    sockets.push(this);
  }

  send(text: string): void {
    this.#socket?.send(text);
  }

  close(): void {
    this.readyState = 3;
    this.#socket?.close();
  }

  addEventListener(type: string, listener: (event: SocketEvent) => void): void {
    this.#listeners.set(type, listener);
  }

  removeEventListener(type: string): void {
    this.#listeners.delete(type);
  }

  #emit(type: string, event: SocketEvent): void {
    this.#listeners.get(type)?.(event);
  }
}

/** All that were opened. */
export const sockets: WorkerSocket[] = [];

/** The options of a client of the Worker under test. @param sub the subject. Default: the owner */
export const optionsFor = (application: string, sub = application.split('/')[0]) => ({
  url: 'https://changebucket.test',
  application,
  fetch: workerFetch,
  WebSocket: WorkerSocket,
  interval: 50,
  token: () => sign({ sub }),
});

/** Both clients with each transport that they work on. */
export const CLIENT_TRANSPORTS = [
  ['createClient', 'poll'],
  ['createClient', 'long-poll'],
  ['createClient', 'sse'],
  ['createClient', 'socket'],
  ['createLightClient', 'poll'],
  ['createLightClient', 'long-poll'],
] as const;
