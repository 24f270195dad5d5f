import { BATCH_CHANGES_MAX, DETAIL_LENGTH_MAX } from '../../protocol/limits.ts';
import { JSON_PATCH_TYPE, MERGE_PATCH_TYPE } from '../../protocol/patch.ts';
import { PROBLEMS } from '../../protocol/problems.ts';

/** The wire contract as OpenAPI 3.1, JSON text. PROTOCOL.md has the rules that no schema can express. */
export const openapi = (): string =>
  JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'Changebucket', version: '1', description: 'Clients push changes and poll the state.' },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: SCHEMAS,
    },
    security: [{ bearer: [] }],
    paths: Object.fromEntries(
      Object.entries(PATHS()).map(([path, item]) => [path, { parameters: pathParameters(path), ...item }]),
    ),
  });

const APP = '/v1/apps/{owner}/{app}';

const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` });

const parameter = (location: 'header' | 'query', name: string): object => ({
  name,
  in: location,
  schema: { type: 'string' },
});
const header = (name: string): object => parameter('header', name);
const query = (name: string): object => parameter('query', name);

const PUSH = [header('Prefer'), header('If-Match'), header('Changebucket-Kind')];
const POLL = [
  header('Accept'),
  header('If-None-Match'),
  header('Last-Event-ID'),
  header('A-IM'),
  header('Prefer'),
  header('Min-Version'),
  query('at'),
  query('path'),
];

/** An operation. The response `default` covers every problem; their types are listed once, in the schema. */
const operation = (summary: string, parameters: readonly object[], statuses: readonly string[]): object => ({
  summary,
  parameters,
  responses: {
    ...Object.fromEntries(statuses.map((status) => [status, { description: summary }])),
    default: {
      description: 'A problem (RFC 9457)',
      content: { 'application/problem+json': { schema: ref('Problem') } },
    },
  },
});

const body = (schemas: Readonly<Record<string, object>>): object => ({
  requestBody: {
    required: true,
    content: Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schema }])),
  },
});

const CHANGE = body({
  'application/json': ref('Change'),
  [MERGE_PATCH_TYPE]: {},
  [JSON_PATCH_TYPE]: { type: 'array' },
});

/** The parameters of a path: one for every `{name}`. */
const pathParameters = (path: string): object[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));

const PATHS = (): Record<string, object> => ({
  '/v1/apps/{owner}': { get: operation('List applications', [query('after'), query('limit')], ['200']) },
  [APP]: {
    get: operation('Get queue depth, lag, sizes and costs', [], ['200']),
    put: {
      ...operation('Create an application of a kind', [], ['200', '201']),
      ...body({ 'application/json': ref('Creation') }),
    },
    delete: operation('Delete an application', [], ['204']),
  },
  [`${APP}/changes`]: {
    post: {
      ...operation('Push without a client', [header('Idempotency-Key'), ...PUSH], ['200', '202', '204']),
      ...CHANGE,
    },
  },
  [`${APP}/changes/{client}`]: {
    put: {
      ...operation('Push a batch', PUSH, ['200', '202', '204']),
      ...body({ 'application/json': ref('Batch') }),
    },
  },
  [`${APP}/changes/{client}/{n}`]: {
    put: { ...operation('Push one change', PUSH, ['200', '202', '204']), ...CHANGE },
    get: operation('Get the outcome of a change', [], ['200']),
  },
  [`${APP}/state`]: { get: operation('Poll the state', POLL, ['200', '226', '304']) },
  [`${APP}/socket`]: {
    get: operation(
      'Push and state on one WebSocket, subprotocol changebucket.v1',
      [header('Sec-WebSocket-Protocol')],
      ['101'],
    ),
  },
  [`${APP}/log`]: { get: operation('List applied and rejected changes', [query('after'), query('limit')], ['200']) },
  [`${APP}/rejections`]: {
    get: operation('List rejected changes that an operator has not retried or discarded', [], ['200']),
  },
  [`${APP}/rejections/{seq}`]: { delete: operation('Discard a rejection', [], ['204']) },
  [`${APP}/rejections/{seq}/retry`]: { post: operation('Queue a rejected change again', [], ['202']) },
  [`${APP}/export`]: { get: operation('Export a backup', [], ['200']) },
  [`${APP}/import`]: {
    put: { ...operation('Import a backup, under a new epoch', [], ['200']), ...body({ 'application/x-ndjson': {} }) },
  },
  [`${APP}/restore`]: {
    post: {
      ...operation('Bring the state back to a version, a time or a backup, under a new epoch', [], ['200']),
      ...body({ 'application/json': ref('PastPoint'), 'application/x-ndjson': {} }),
    },
  },
  [`${APP}/fork`]: {
    post: {
      ...operation('Make another application of the state', [], ['201']),
      ...body({ 'application/json': ref('Fork') }),
    },
  },
  [`${APP}/diff`]: {
    get: operation('Get the JSON Patch from one version to another', [query('from'), query('to')], ['200']),
  },
});

/** One of the two. */
const POINT = {
  version: { type: 'integer', minimum: 0 },
  time: { type: 'integer', minimum: 0, description: 'ms since 1970: the newest version of then' },
};

const SCHEMAS = {
  Change: {
    type: 'object',
    required: ['name'],
    additionalProperties: false,
    properties: { name: { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9_.:-]{0,63}$' }, args: {} },
  },
  Batch: {
    type: 'object',
    required: ['n', 'changes'],
    additionalProperties: false,
    properties: {
      n: { type: 'integer', minimum: 1 },
      changes: { type: 'array', items: ref('Change'), minItems: 1, maxItems: BATCH_CHANGES_MAX },
      atomic: { type: 'boolean' },
    },
  },
  PastPoint: { type: 'object', additionalProperties: false, properties: POINT },
  Fork: {
    type: 'object',
    required: ['to'],
    additionalProperties: false,
    properties: { to: { type: 'string', description: 'owner/app' }, ...POINT },
  },
  Creation: { type: 'object', required: ['kind'], properties: { kind: { type: 'string' } } },
  Problem: {
    type: 'object',
    required: ['type', 'title', 'status', 'detail'],
    properties: {
      type: {
        enum: Object.keys(PROBLEMS).map((name) => `urn:changebucket:problem:${name}`),
        description: Object.entries(PROBLEMS)
          .map(([name, [status, title]]) => `${name}: ${status} ${title}`)
          .join('\n'),
      },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string', maxLength: DETAIL_LENGTH_MAX },
      reason: { type: 'string', description: 'The reason that the definition has given to reject()' },
      pointer: { type: 'string', description: 'JSON Pointer of the value that is no JSON' },
      retryAfter: { type: 'number', description: 'Seconds to wait before the next attempt' },
      expected: { type: 'integer', description: 'The n that the server accepts next from this client' },
      limit: { type: 'number' },
      size: { type: 'number' },
    },
  },
};
