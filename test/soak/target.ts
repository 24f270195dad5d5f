import { SignJWT } from 'jose';
import { WebSocket } from 'ws';
import { SOCKET_PROTOCOL, TOKEN_PROTOCOL } from '../../src/protocol/frames.ts';
import { SECRET } from '../bench/servers.ts';

const ANSWER_MS = 30_000;

/** A token of a subject that lives longer than any soak. @param apps more rights, as `{ 'bob/board': 'writer' }` */
export const tokenOf = (subject: string, apps: Readonly<Record<string, string>> = {}): Promise<string> =>
  new SignJWT({ sub: subject, apps })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('4h')
    .sign(new TextEncoder().encode(SECRET));

/** What one subject sends to a server; without a token it is a stranger. */
export class Caller {
  readonly url: string;
  readonly #token: string | undefined;

  constructor(url: string, token?: string) {
    this.url = url;
    this.#token = token;
  }

  /** Waits for the whole answer, so that no connection is left with an unread one. */
  async call(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: string,
  ): Promise<Answer> {
    const authorization = this.#token === undefined ? {} : { Authorization: `Bearer ${this.#token}` };
    const options = { method, headers: { ...authorization, ...headers }, signal: AbortSignal.timeout(ANSWER_MS) };
    const answer = await fetch(`${this.url}${path}`, body === undefined ? options : { ...options, body });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  /** Resolves with an open socket. The listener hears of every text frame. */
  socket(path: string, listen: (text: string, socket: WebSocket) => void = () => undefined): Promise<WebSocket> {
    const offered = this.#token === undefined ? [] : [TOKEN_PROTOCOL + this.#token];
    const socket = new WebSocket(`${this.url.replace('http', 'ws')}${path}`, [SOCKET_PROTOCOL, ...offered]);
    socket.on('message', (data) => listen(String(data), socket));
    return new Promise((resolve, reject) => {
      socket.on('open', () => resolve(socket)).on('error', reject);
    });
  }
}

/** An answer that was read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export const MERGE = { 'Content-Type': 'application/merge-patch+json' };
export const PATCH = { 'Content-Type': 'application/json-patch+json' };
export const JSON_BODY = { 'Content-Type': 'application/json' };

/** The application that honest people share, and that hostile ones have rights in, too. */
export const SHARED = '/v1/apps/honest/board';
