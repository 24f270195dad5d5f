import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { openapi } from '../../../../src/server/http/openapi/document.ts';
import { routes } from '../../../../src/server/http/route-table.ts';
import { DescribedAnswers } from '../../../support/described-answers.ts';

const text = openapi(routes);
const document = JSON.parse(text);

/** What Redocly's recommended rules find. */
const findingsIn = async (source: string): Promise<string[]> => {
  const config = await createConfig({ extends: ['recommended'] });
  const found = await lintFromString({ source, config });
  return found.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`);
};

const compare = (
  status: number,
  body: unknown,
  headers: Record<string, string>,
  path = '/changes/c/1',
): Promise<string[]> => {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  const response = new Response(JSON.stringify(body), { status, headers: { 'Content-Type': type, ...headers } });
  return new DescribedAnswers(text).faultsOf('GET', `https://a.test/v1/apps/me/notes${path}`, response);
};
const POSITION = { 'Changebucket-Position': 'epoch="a", version=1, head=1, queue=0, lag=0' };
const TICKET = { client: 'c', n: 1, seq: 1, status: 'applied', version: 1 };
const PROBLEM = {
  type: 'urn:changebucket:problem:unknown-ticket',
  title: 'This change was never accepted',
  status: 404,
  detail: 'This n has not been used.',
};

describe('[J10] [E1] /openapi.json', () => {
  it('passes all of the rules that Redocly recommends', async () => {
    expect(await findingsIn(text)).toEqual([]);
  });

  it('would not pass them without an operationId, or with a parameter of the path too few', async () => {
    const ids = await findingsIn(text.replace('"operationId":"getLog",', ''));
    const paths = await findingsIn(text.replace('/log"', '/{other}"'));
    expect(ids.join()).toContain('operation-operationId');
    expect(paths.join()).toContain('path-parameters-defined');
  });

  it('has each route of the table, and no other', () => {
    const described = Object.entries<Record<string, unknown>>(document.paths).flatMap(([path, item]) =>
      Object.keys(item).flatMap((method) => (method === 'parameters' ? [] : [`${method.toUpperCase()} ${path}`])),
    );
    const listed = routes.flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`),
    );
    expect(described.sort()).toEqual(listed.sort());
  });
});

describe('the comparison of answers with /openapi.json, which all worker tests make', () => {
  it('finds nothing where they fit', async () => {
    expect(await compare(200, TICKET, POSITION)).toEqual([]);
    expect(await compare(404, PROBLEM, POSITION)).toEqual([]);
  });

  it.each([
    ['a member with another name', 200, { ...TICKET, version: undefined, v: 1 }, POSITION],
    ['a member more', 200, { ...TICKET, more: 1 }, POSITION],
    ['a text for an integer', 200, { ...TICKET, n: '1' }, POSITION],
    ['a header that is missing', 200, TICKET, {}],
    ['a header that is not described', 200, TICKET, { ...POSITION, ETag: '"a.1"' }],
    ['a header of another form', 200, TICKET, { 'Changebucket-Position': 'version=1' }],
    ['a status that is not described', 418, PROBLEM, POSITION],
    ['a problem of another operation', 404, { ...PROBLEM, type: 'urn:changebucket:problem:unknown-path' }, POSITION],
    ['another type', 200, TICKET, { ...POSITION, 'Content-Type': 'text/html' }],
    ['a problem with another member', 404, { ...PROBLEM, stack: 'at x' }, POSITION],
  ])('finds %s', async (_, status, body, headers) => {
    expect(await compare(status, body, headers)).toHaveLength(1);
  });
});
