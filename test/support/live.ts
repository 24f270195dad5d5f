import type { ClientFrame, ServerFrame } from '../../src/protocol/frames.ts';
import { SOCKET_PROTOCOL } from '../../src/protocol/frames.ts';
import { Api, fresh, type Headings, sign } from './api.ts';
import { fetchWorker } from './fetch-worker.ts';
import { readServerFrame } from './frames.ts';

const ORIGIN = 'https://changebucket.test';

/** What a socket was sent or how it ended, in order. */
export type Heard = ServerFrame | { readonly type: 'closed'; readonly code: number; readonly reason: string };

type Of<Type extends Heard['type']> = Extract<Heard, { readonly type: Type }>;

/** A bare client of a socket: it keeps what it hears until somebody asks for it. */
export class Line {
  readonly #ws: WebSocket;
  readonly #heard: Heard[] = [];
  #wake: () => void = () => undefined;
  /** Texts that are no frames. */
  readonly texts: string[] = [];
  /** Characters heard in all. */
  heard = 0;
  /** Marks are answered unless told otherwise. */
  answersMarks = true;
  /** How often `next` waits 25 ms for something more before it gives up. */
  patience = 1_200;

  constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.accept();
    ws.addEventListener('message', ({ data }) => this.#hear(String(data)));
    ws.addEventListener('close', ({ code, reason }) => this.#keep({ type: 'closed', code, reason }));
  }

  send(frame: ClientFrame): void {
    this.#ws.send(JSON.stringify(frame));
  }

  sendRaw(message: string | ArrayBuffer): void {
    this.#ws.send(message);
  }

  close(): void {
    this.#ws.close(1000, 'done');
  }

  /** The next thing heard of one of these types; others before it are dropped. */
  async next<Type extends Heard['type']>(...types: Type[]): Promise<Of<Type>> {
    for (let waits = 0; waits < this.patience; ) {
      const heard = this.#heard.shift();
      if (heard === undefined) waits += await this.#more();
      else if ((types as string[]).includes(heard.type)) return heard as Of<Type>;
      else if (heard.type === 'closed') throw new Error(`closed with ${heard.code} ${heard.reason}`);
    }
    throw new Error(`never heard ${types.join(' or ')}`);
  }

  /** All that has been heard and not asked for. */
  rest(): Heard[] {
    return this.#heard.splice(0);
  }

  #hear(text: string): void {
    this.heard += text.length;
    if (!text.startsWith('{')) {
      this.texts.push(text);
      this.#wake();
      return;
    }
    const frame = readServerFrame(text);
    if (frame.type === 'mark' && this.answersMarks) this.send({ type: 'ack', mark: frame.mark });
    this.#keep(frame);
  }

  #keep(heard: Heard): void {
    this.#heard.push(heard);
    this.#wake();
  }

  /** @returns 1 when a while has passed without anything, otherwise 0 */
  #more(): Promise<0 | 1> {
    return new Promise((resolve) => {
      this.#wake = () => resolve(0);
      setTimeout(() => resolve(1), 25);
    });
  }
}

export interface Handshake {
  readonly subject?: string;
  readonly apps?: Record<string, string>;
  readonly expires?: string;
  /** Instead of a token made from these. */
  readonly headers?: Headings;
}

/** The answer to a handshake. */
export const shake = async (
  path: string,
  { subject, apps = {}, expires, headers }: Handshake = {},
): Promise<Response> => {
  const token = await sign({ sub: subject ?? path.split('/')[0], apps }, expires);
  const standard = { 'Sec-WebSocket-Protocol': SOCKET_PROTOCOL, Authorization: `Bearer ${token}` };
  return fetchWorker(`${ORIGIN}/v1/apps/${path}/socket`, {
    headers: { Upgrade: 'websocket', ...(headers ?? standard) },
  });
};

/** An open socket of an application, let in. */
export const connect = async (path: string, handshake: Handshake = {}): Promise<Line> => {
  const { status, webSocket } = await shake(path, handshake);
  if (webSocket === null) throw new Error(`the handshake was answered ${status}`);
  return new Line(webSocket);
};

/** One server-sent event. */
export interface SentEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: any;
}

/** A bare reader of server-sent events. */
export class Events {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  readonly #events: SentEvent[] = [];
  #text = '';
  comments = 0;

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader();
  }

  /** The next event; undefined at the end. */
  async next(): Promise<SentEvent | undefined> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) return event;
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += this.#decoder.decode(value, { stream: true });
      this.#parse();
    }
  }

  async cut(): Promise<void> {
    await this.#reader.cancel().catch(() => undefined);
  }

  #parse(): void {
    const blocks = this.#text.split('\n\n');
    this.#text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = Object.fromEntries(
        block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      if (fields['event'] === undefined) this.comments += 1;
      else this.#events.push({ event: fields['event'], id: fields['id'], data: JSON.parse(fields['data'] ?? 'null') });
    }
  }
}

/** The answer to a request for events. */
export const askEvents = async (
  path: string,
  headers: Headings = {},
  rest: Handshake & { query?: string } = {},
): Promise<Response> => {
  const token = await sign({ sub: rest.subject ?? path.split('/')[0], apps: rest.apps ?? {} }, rest.expires);
  return fetchWorker(`${ORIGIN}/v1/apps/${path}/state${rest.query ?? ''}`, {
    headers: { Accept: 'text/event-stream', Authorization: `Bearer ${token}`, ...headers },
  });
};

export const follow = async (
  path: string,
  headers: Headings = {},
  rest: Handshake & { query?: string } = {},
): Promise<Events> => {
  const response = await askEvents(path, headers, rest);
  if (response.status !== 200 || response.body === null)
    throw new Error(`answered ${response.status} ${await response.text()}`);
  return new Events(response.body);
};

/** An application of the kind `debug` with enough in it that a patch is shorter than the state. */
export const opened = async (): Promise<{ path: string; api: Api }> => {
  const path = fresh(`owner-${crypto.randomUUID()}`);
  const api = new Api(path);
  await api.create('debug');
  await api.push('filler', 1, 'note', { key: 'filler', value: 'x'.repeat(300) }, { Prefer: 'wait=5' });
  return { path, api };
};

/** A socket that follows the state and has been sent where it begins. */
export const subscribed = async (path: string, rest: Partial<ClientFrame> = {}): Promise<Line> => {
  const line = await connect(path);
  line.send({ type: 'subscribe', ...rest } as ClientFrame);
  await line.next('state', 'current', 'patch', 'gone');
  return line;
};

/** A push of a change that notes a value under a key of a `debug` application. */
export const notePush = (client: string, n: number, key: string, value: unknown = n): ClientFrame =>
  ({ type: 'push', client, n, name: 'note', args: { key, value } }) as ClientFrame;

/** The stable end of a problem's type, or the type of a frame that holds none. */
export const problemOf = (heard: Heard): string =>
  'problem' in heard ? heard.problem.type.replace('urn:changebucket:problem:', '') : heard.type;
