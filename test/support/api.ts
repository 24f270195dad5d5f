import { env } from 'cloudflare:workers';
import { SignJWT } from 'jose';
import type { Json } from '../../src/protocol/json.ts';
import { DETAIL_LENGTH_MAX } from '../../src/protocol/limits.ts';
import { PROBLEMS, type ProblemName } from '../../src/protocol/problems.ts';
import { fetchWorker } from './fetch-worker.ts';

/** An answer, read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined when there is none. */
  readonly body: any;
}

const secret = (): Uint8Array => new TextEncoder().encode((env as unknown as { AUTH_SECRET: string }).AUTH_SECRET);

export const sign = (claims: Record<string, unknown>, expires = '10m'): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setExpirationTime(expires).sign(secret());

export const request = async (path: string, init: RequestInit = {}): Promise<Answer> => {
  const response = await fetchWorker(`https://changebucket.test${path}`, init);
  // Not text(): the runtime warns of it where the type is NDJSON.
  const text = new TextDecoder().decode(await response.arrayBuffer());
  const isJson =
    /json/.test(response.headers.get('Content-Type') ?? '') &&
    !/ndjson/.test(response.headers.get('Content-Type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== '' ? JSON.parse(text) : undefined,
  };
};

export type Headings = Readonly<Record<string, string>>;

/** One application as one subject sees it. */
export class Api {
  readonly path: string;
  readonly #token: Promise<string>;

  /** @param claims further claims of the token */
  constructor(
    path: string,
    subject = path.split('/')[0] as string,
    apps: Record<string, string> = {},
    claims: Record<string, unknown> = {},
  ) {
    this.path = `/v1/apps/${path}`;
    this.#token = sign({ ...claims, sub: subject, apps });
  }

  async call(method: string, path: string, body?: unknown, headers: Headings = {}): Promise<Answer> {
    const type: Headings = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const text = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const authorization = { Authorization: `Bearer ${await this.#token}` };
    return request(this.path + path, { method, ...text, headers: { ...type, ...authorization, ...headers } });
  }

  create(kind: string): Promise<Answer> {
    return this.call('PUT', '', { kind });
  }

  push(client: string, n: number, name: string, args: Json = {}, headers: Headings = {}): Promise<Answer> {
    return this.call('PUT', `/changes/${client}/${n}`, { name, args }, headers);
  }

  merge(client: string, n: number, patch: Json, headers: Headings = {}): Promise<Answer> {
    return this.call('PUT', `/changes/${client}/${n}`, patch, {
      'Content-Type': 'application/merge-patch+json',
      ...headers,
    });
  }

  batch(
    client: string,
    n: number,
    changes: { name: string; args?: Json }[],
    rest: object = {},
    headers: Headings = {},
  ): Promise<Answer> {
    return this.call('PUT', `/changes/${client}`, { n, changes, ...rest }, headers);
  }

  ticket(client: string, n: number | string): Promise<Answer> {
    return this.call('GET', `/changes/${client}/${n}`);
  }

  state(headers: Headings = {}, query = ''): Promise<Answer> {
    return this.call('GET', `/state${query}`, undefined, headers);
  }

  /** The state after everything acknowledged so far. */
  async drained(): Promise<any> {
    const answer = await this.state({ Prefer: 'drain' });
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    return answer.body;
  }

  /** The whole log after a seq, in one page. */
  log(after: number): Promise<Answer> {
    return this.call('GET', `/log?after=${after}&limit=500`);
  }

  async info(): Promise<any> {
    return (await this.call('GET', '')).body;
  }
}

/** The stable end of a problem's type. */
export const problemName = (answer: Answer): string =>
  String(answer.body?.type).replace('urn:changebucket:problem:', '');

let made = 0;

/** A name that no other test of the file uses. */
export const fresh = (owner = 'alice'): string => {
  made += 1;
  return `${owner}/app-${made}`;
};

/** A new application of the kind `debug`. */
export const debugApp = async (): Promise<Api> => {
  const api = new Api(fresh());
  await api.create('debug');
  return api;
};

/** A new document with one change in it. */
export const changedDocument = async (owner?: string): Promise<Api> => {
  const api = new Api(fresh(owner));
  await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
  return api;
};

/** The header that makes a request a subject's. */
export const bearer = async (subject: string, apps: Record<string, string> = {}): Promise<Headings> => ({
  Authorization: `Bearer ${await sign({ sub: subject, apps })}`,
});

/** Stack frames, SQL, paths of files and tokens [E2]. */
const LEAK = /\n\s*at |\.[tj]s\b|node:|SQLITE|\b(?:SELECT|INSERT|DELETE FROM|UPDATE|CREATE TABLE)\b|\/work\/|src\/|eyJ/;

/** What is wrong with an answer that must be this problem; nothing when it is right [E1] [E2]. */
export const problemsIn = (answer: Answer, status: number, name: ProblemName): string[] => {
  const { body, headers, text } = answer;
  const told = `${answer.status} ${problemName(answer)}`;
  const is: readonly (readonly [fault: string, holds: boolean])[] = [
    [`answered ${told} instead of ${status} ${name}: ${text.slice(0, 300)}`, told === `${status} ${name}`],
    ['the content type is not application/problem+json', headers.get('Content-Type') === 'application/problem+json'],
    ['the type is no URN of ours', body?.type === `urn:changebucket:problem:${name}`],
    ['the status of the body is another', body?.status === answer.status],
    ['the title is another', body?.title === PROBLEMS[name][1]],
    ['there is no detail', typeof body?.detail === 'string' && body.detail !== ''],
    ['the detail is too long', String(body?.detail).length <= DETAIL_LENGTH_MAX],
    ['something leaks', !LEAK.test(text)],
    ['a cache may keep it', headers.get('Cache-Control') === 'private, no-cache'],
    ['a browser may sniff it', headers.get('X-Content-Type-Options') === 'nosniff'],
  ];
  return is.flatMap(([fault, holds]) => (holds ? [] : [fault]));
};
