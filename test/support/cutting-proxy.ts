import { connect, createServer, type Server, type Socket } from 'node:net';

/** Between clients and a server: passes everything on, and cuts connections in the middle of whatever they carry. */
export class CuttingProxy {
  readonly #server: Server;
  readonly #random: () => number;
  readonly #open = new Set<Socket>();
  /** Connections that it has cut. */
  cuts = 0;

  /** @param random uniform in [0, 1) */
  constructor(target: string, random: () => number) {
    const { hostname, port } = new URL(target);
    this.#random = random;
    this.#server = createServer((inside) => this.#join(inside, connect(Number(port), hostname)));
  }

  /** @returns the address to call instead of the server's */
  listen(): Promise<string> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => {
        const { port } = this.#server.address() as { port: number };
        resolve(`http://127.0.0.1:${port}`);
      });
    });
  }

  /** Cuts each open connection with this probability. */
  cut(probability: number): void {
    for (const socket of [...this.#open]) {
      if (this.#random() >= probability) continue;
      this.cuts += 1;
      socket.destroy();
    }
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
  }

  #join(inside: Socket, outside: Socket): void {
    this.#open.add(inside);
    inside.pipe(outside);
    outside.pipe(inside);
    const end = (): void => {
      this.#open.delete(inside);
      inside.destroy();
      outside.destroy();
    };
    for (const socket of [inside, outside]) socket.on('error', end).on('close', end);
  }
}
