import { type Answer, type Headings, request } from './api.ts';
import { MERGE } from './request-bodies.ts';

const NDJSON = 'application/x-ndjson';

/** The rights of each role, as in PROTOCOL.md's table, with the answer to a request that is allowed. */
export const ROLE_TABLE: [
  method: string,
  path: string,
  needed: 'reader' | 'writer' | 'admin',
  status: number,
  body?: string,
  type?: string,
][] = [
  ['GET', '', 'reader', 200],
  ['PUT', '', 'admin', 200, '{"kind":"document"}'],
  ['POST', '/changes', 'writer', 202, MERGE],
  ['PUT', '/changes/:client', 'writer', 202, '{"n":1,"changes":[{"name":"merge"}]}'],
  ['PUT', '/changes/:client/:n', 'writer', 202, MERGE],
  ['GET', '/changes/:client/:n', 'reader', 404],
  ['GET', '/state', 'reader', 200],
  ['GET', '/socket', 'reader', 426],
  ['GET', '/log', 'reader', 200],
  ['GET', '/rejections', 'admin', 200],
  ['DELETE', '/rejections/:seq', 'admin', 404],
  ['POST', '/rejections/:seq/retry', 'admin', 404],
  ['PUT', '/public', 'admin', 204],
  ['DELETE', '/public', 'admin', 204],
  ['GET', '/export', 'admin', 200],
  ['PUT', '/import', 'admin', 422, 'x', NDJSON],
  ['POST', '/restore', 'admin', 200, '{"version":0}'],
  ['POST', '/fork', 'reader', 422, '{}'],
  ['GET', '/diff', 'reader', 400],
  ['POST', '/undelete', 'admin', 409],
  ['POST', '/purge', 'admin', 204],
  ['DELETE', '', 'admin', 204],
];
export const RANKS = ['reader', 'writer', 'admin'];

/** A route with values for its parameters. */
export const concretePath = (path: string): string =>
  path.replace(':client', 'mine').replace(':n', '1').replace(':seq', '1');

export const perform = (path: string, row: (typeof ROLE_TABLE)[number], headers: Headings): Promise<Answer> => {
  const [method, rest, , , body, type = 'application/json'] = row;
  const content = body === undefined ? { headers } : { body, headers: { 'Content-Type': type, ...headers } };
  return request(path + concretePath(rest), { method, ...content });
};
