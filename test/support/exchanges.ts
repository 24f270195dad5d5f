import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../src/protocol/json.ts';
import { tokenOf } from './served.ts';

/** A request of the public API as it is written down. */
export interface Question {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Behind `/v1/apps`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The subject whose token goes with it. */
  readonly as?: string;
  /** Of what is answered only the digest is kept. */
  readonly isLong?: boolean;
}

/** What is kept of an answer. */
export interface Recorded {
  readonly status: number;
  readonly etag?: string;
  /** Of a whole state: SHA-256 of its JSON, the order of members included. */
  readonly digest?: string;
  readonly body?: Json;
}

/** A question and what it was answered. */
export interface Exchange {
  readonly question: Question;
  readonly answer: Recorded;
}

export const ask = async (url: string, { method = 'GET', path, headers, body, as }: Question): Promise<Response> => {
  const authorization = as === undefined ? {} : { Authorization: `Bearer ${await tokenOf(as)}` };
  const init = { method, headers: { ...headers, ...authorization }, ...(body === undefined ? {} : { body }) };
  return fetch(`${url}/v1/apps${path}`, init);
};

/** A copy without the titles of problems: those are words for people, and may be put more plainly (RFC 9457, 3.1.3). */
export const withoutTitles = <Value>(value: Value): Value =>
  JSON.parse(JSON.stringify(value, (name, member: unknown) => (name === 'title' ? undefined : member))) as Value;

/** Asks from an etag of the past to the present [S3]. */
export const patchFrom = (path: string, etag: string): Question => ({
  ...{ path: `${path}/state`, headers: { 'A-IM': 'json-patch', 'If-None-Match': etag } },
});

/** Asks and keeps what can be compared. */
export const answerTo = async (url: string, question: Question): Promise<Recorded> => {
  const response = await ask(url, question);
  const etag = response.headers.get('ETag');
  const text = await response.text();
  const body = text === '' ? undefined : (JSON.parse(text) as Json);
  const isState = response.status === 200 && question.path.includes('/state');
  return {
    status: response.status,
    ...(etag === null ? {} : { etag }),
    ...(isState ? { digest: digestOf(JSON.stringify(body)) } : {}),
    ...(body === undefined || (question.isLong === true && response.ok) ? {} : { body: readable(body) }),
  };
};

/** Longer texts and lists are told by their digest: what is written down stays something to read. */
const READABLE_LENGTH_MAX = 120;
const READABLE_ITEMS_MAX = 200;

export const readable = (value: Json): Json => {
  if (typeof value === 'string')
    return value.length <= READABLE_LENGTH_MAX ? value : `${value.length} units, SHA-256 ${digestOf(value)}`;
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) return mapped(value, readable);
  if (value.length <= READABLE_ITEMS_MAX) return value.map(readable);
  return `${value.length} items, SHA-256 ${digestOf(JSON.stringify(value))}`;
};

const mapped = (object: JsonObject, each: (value: Json) => Json): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, each(value)]));

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** After a start, until alarms that were overdue have been seen to. */
export const ALARM_MS = 3_000;

interface Info {
  readonly cost: { readonly rowsWritten: number };
}

/** Rows that an application knows to have written. */
export const rowsWritten = async (url: string, path: string): Promise<number> =>
  ((await (await ask(url, { path })).json()) as Info).cost.rowsWritten;
