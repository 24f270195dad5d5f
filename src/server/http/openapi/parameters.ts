import { ID_PATTERN } from '../../../protocol/ids.ts';
import { KIND_HEADER } from '../../../protocol/kind.ts';
import { MAX_STALE_MS_MAX, SUBJECT_LENGTH_MAX, WAIT_SECONDS_MAX } from '../../../protocol/limits.ts';
import type { ParameterTable } from '../request/query.ts';

const ID = { type: 'string', pattern: ID_PATTERN };
const COUNTER = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };

/** The parameters of paths, by name [I1] [I2] [I4]. */
const PATH_PARAMETERS: Readonly<Record<string, { readonly description: string; readonly schema: object }>> = {
  owner: {
    description: 'The subject of the token that owns the application, percent-encoded.',
    schema: { type: 'string', minLength: 1, maxLength: SUBJECT_LENGTH_MAX },
  },
  subject: {
    description: 'The subject of tokens, percent-encoded.',
    schema: { type: 'string', minLength: 1, maxLength: SUBJECT_LENGTH_MAX },
  },
  app: { description: 'The id of the application.', schema: ID },
  client: {
    description: 'The id of the client. In the ticket of a push without a client: ~.',
    schema: { type: 'string', pattern: `${ID_PATTERN}|^~$` },
  },
  n: { description: "The client's counter: 1, 2, 3 ... Of the client ~ it is the seq.", schema: COUNTER },
  seq: { description: 'The seq of the rejected change.', schema: COUNTER },
  backup: { description: 'The number of the backup.', schema: COUNTER },
};

/** The headers that routes read, as OpenAPI describes them [J10]. `Prefer` means other things to a push than to a read. */
const REQUEST_HEADERS = {
  'Prefer of a push': {
    description: `Comma-separated: wait=N (seconds, at most ${WAIT_SECONDS_MAX}), return=minimal, return=representation, precheck.`,
    schema: { type: 'string', examples: ['wait=5', 'wait=5, return=representation'] },
  },
  'Prefer of a read': {
    description: `Comma-separated: wait=N (seconds, at most ${WAIT_SECONDS_MAX}), drain, max-stale=ms (at most ${MAX_STALE_MS_MAX}).`,
    schema: { type: 'string', examples: ['wait=25', 'drain'] },
  },
  'If-Match': {
    description: 'The etag that the state must have when the change is applied.',
    schema: { type: 'string' },
  },
  'If-None-Match': { description: 'The etags of versions that the reader has.', schema: { type: 'string' } },
  'A-IM': { description: 'json-patch: a patch may come instead of the whole state.', schema: { type: 'string' } },
  'Min-Version': {
    description: 'The lowest version that will do.',
    schema: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  },
  'Last-Event-ID': { description: 'The id of the last event, to resume a stream.', schema: { type: 'string' } },
  'Idempotency-Key': {
    description: 'An id, bare or in quotes: a repeat with the same key is the same change.',
    schema: { type: 'string', pattern: `${ID_PATTERN}|${ID_PATTERN.replace('^', '^"').replace('$', '"$')}` },
  },
  [KIND_HEADER]: {
    description: 'The kind that the push is meant for. The first push creates an application of it.',
    schema: ID,
  },
  'Sec-WebSocket-Protocol': {
    description: 'Must offer changebucket.v1; may offer the token as bearer.<JWT>.',
    schema: { type: 'string' },
  },
  Upgrade: { description: 'Must be websocket.', schema: { type: 'string' } },
} as const;

/** A header that a route reads. */
export type RequestHeader = keyof typeof REQUEST_HEADERS;

/** @throws Error for a parameter of the path that the table above does not describe */
export const describePath = (path: string): object[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => {
    const described = PATH_PARAMETERS[name];
    if (described === undefined) throw new Error(`PATH_PARAMETERS does not describe ${name}`);
    return { name, in: 'path', required: true, ...described };
  });

export const describeQuery = (query: ParameterTable): object[] =>
  Object.entries(query).map(([name, { expects, schema }]) => ({
    name,
    in: 'query',
    description: `Must be ${expects}.`,
    schema,
  }));

export const describeRequestHeaders = (names: readonly RequestHeader[]): object[] =>
  names.map((name) => ({ name: name.split(' ')[0], in: 'header', ...REQUEST_HEADERS[name] }));
