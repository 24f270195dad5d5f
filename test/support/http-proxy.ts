import { request as ask, createServer, type IncomingHttpHeaders, IncomingMessage, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';

/** A request as the proxy has received it. */
export interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An answer, whole; of an event stream, the stream. */
export interface Given {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer | IncomingMessage;
}

/**
 * What becomes of a request: an answer; `lose` closes the connection without one, `cut` in the middle of a body.
 * `forward` asks the server, with another request where one is given.
 */
export type Treatment = (
  asked: Asked,
  forward: (instead?: Partial<Asked>) => Promise<Given>,
) => Promise<Given | 'lose' | 'cut'>;

const readAll = async (message: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** Between clients and a server: treats each request as a test says. Sockets are passed on as they are. */
export class HttpProxy {
  readonly #target: URL;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(target: string, treat: Treatment) {
    this.#target = new URL(target);
    this.#server = createServer((message, response) => {
      void this.#treat(message, treat).then(
        (given) => {
          if (given === 'lose') return message.socket.destroy();
          if (given === 'cut') {
            response.writeHead(200, { 'Content-Length': '1000' }).write('{"half":');
            return setTimeout(() => message.socket.destroy(), 5);
          }
          const { 'transfer-encoding': _, connection: __, ...headers } = given.headers;
          response.writeHead(given.status, headers);
          return given.body instanceof IncomingMessage ? given.body.pipe(response) : response.end(given.body);
        },
        () => message.socket.destroy(),
      );
    });
    this.#server.on('upgrade', (message: IncomingMessage, socket: Socket) => this.#join(message, socket));
  }

  /** @returns the address to call instead of the server's */
  listen(): Promise<string> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => {
        resolve(`http://127.0.0.1:${(this.#server.address() as { port: number }).port}`);
      });
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #treat(message: IncomingMessage, treat: Treatment): Promise<Given | 'lose' | 'cut'> {
    const { method = 'GET', url: path = '/', headers } = message;
    const asked = { method, path, headers, body: await readAll(message) };
    return treat(asked, (instead) => this.#forward({ ...asked, ...instead }));
  }

  #forward({ method, path, headers, body }: Asked): Promise<Given> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.#target;
      ask({ hostname, port, method, path, headers }, (answer) => {
        const { statusCode: status = 0 } = answer;
        if (answer.headers['content-type'] === 'text/event-stream')
          resolve({ status, headers: answer.headers, body: answer });
        else readAll(answer).then((read) => resolve({ status, headers: answer.headers, body: read }), reject);
      })
        .on('error', reject)
        .end(body);
    });
  }

  #join({ method, url, rawHeaders }: IncomingMessage, inside: Socket): void {
    const outside = connect(Number(this.#target.port), this.#target.hostname);
    const lines = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1]}`] : []));
    outside.write(`${[`${method} ${url} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`);
    inside.pipe(outside);
    outside.pipe(inside);
    for (const socket of [inside, outside]) {
      this.#sockets.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          inside.destroy();
          outside.destroy();
        });
    }
  }
}
