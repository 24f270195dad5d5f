import { JSON_PATCH_TYPE, MERGE_PATCH_TYPE } from '../../protocol/patch.ts';
import { PROBLEMS } from '../../protocol/problems.ts';

/** The wire contract as OpenAPI 3.1, as JSON text. PROTOCOL.md has the rules that no schema can express. */
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
      Object.entries(PATHS()).map(([path, item]) => [path, { parameters: placesIn(path), ...item }]),
    ),
  });

const APP = '/v1/apps/{owner}/{app}';

const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` });

const parameter = (place: 'header' | 'query', name: string): object => ({
  name,
  in: place,
  schema: { type: 'string' },
});
const header = (name: string): object => parameter('header', name);
const query = (name: string): object => parameter('query', name);

const PUSH = [header('Prefer'), header('If-Match')];
const POLL = [
  ...[header('Accept'), header('If-None-Match'), header('Last-Event-ID'), header('A-IM')],
  ...[header('Prefer'), header('Min-Version')],
  ...[query('at'), query('path')],
];

/** The `default` response stands for every problem; the schema `Problem` lists their types once. */
const operation = (summary: string, parameters: readonly object[], statuses: readonly string[]): object => ({
  summary,
  parameters,
  responses: {
    ...Object.fromEntries(statuses.map((status) => [status, { description: summary }])),
    default: {
      description: 'A problem document (RFC 9457)',
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

/** A required parameter for every `{name}` in a path. */
const placesIn = (path: string): object[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));

const PATHS = (): Record<string, object> => ({
  '/v1/apps/{owner}': { get: operation('List applications', [query('after'), query('limit')], ['200']) },
  [APP]: {
    get: operation('Read queue length, lag, sizes, cost and budget', [], ['200']),
    put: {
      ...operation('Create an application of a kind', [], ['200', '201']),
      ...body({ 'application/json': ref('Creation') }),
    },
    delete: operation('Delete the application', [], ['204']),
  },
  [`${APP}/changes`]: {
    post: {
      ...operation('Push one change without a client', [header('Idempotency-Key'), ...PUSH], ['200', '202', '204']),
      ...CHANGE,
    },
  },
  [`${APP}/changes/{client}`]: {
    put: {
      ...operation('Push a batch of consecutive changes', PUSH, ['200', '202', '204']),
      ...body({ 'application/json': ref('Batch') }),
    },
  },
  [`${APP}/changes/{client}/{n}`]: {
    put: { ...operation('Push one change', PUSH, ['200', '202', '204']), ...CHANGE },
    get: operation('Read the ticket of a change: its outcome', [], ['200']),
  },
  [`${APP}/state`]: {
    get: operation('Read the state: poll, long-poll or server-sent events', POLL, ['200', '226', '304']),
  },
  [`${APP}/socket`]: {
    get: operation(
      'Push changes and follow the state on one WebSocket, subprotocol changebucket.v1',
      [header('Sec-WebSocket-Protocol')],
      ['101'],
    ),
  },
  [`${APP}/log`]: {
    get: operation('Read the log of changes and their outcomes', [query('after'), query('limit')], ['200']),
  },
  [`${APP}/rejections`]: { get: operation('List rejections and dead letters', [], ['200']) },
  [`${APP}/rejections/{seq}`]: { delete: operation('Remove a rejection from the list', [], ['204']) },
  [`${APP}/rejections/{seq}/retry`]: { post: operation('Queue a rejected change again', [], ['202']) },
  [`${APP}/export`]: { get: operation('Export a backup', [], ['200']) },
  [`${APP}/import`]: {
    put: { ...operation('Import a backup under a new epoch', [], ['200']), ...body({ 'application/x-ndjson': {} }) },
  },
});

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
      changes: { type: 'array', items: ref('Change'), minItems: 1, maxItems: 1000 },
      atomic: { type: 'boolean' },
    },
  },
  Creation: { type: 'object', required: ['kind'], properties: { kind: { type: 'string' } } },
  Problem: {
    type: 'object',
    required: ['type', 'title', 'status', 'detail'],
    properties: {
      type: { enum: Object.keys(PROBLEMS).map((name) => `urn:changebucket:problem:${name}`) },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
    },
  },
};
