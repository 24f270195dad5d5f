import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { openapi } from '../../../../src/server/http/openapi/document.ts';
import { routes } from '../../../../src/server/http/route-table.ts';

const text = openapi(routes);
const document = JSON.parse(text);

/** What Redocly's recommended rules find. */
const findingsIn = async (source: string): Promise<string[]> => {
  const config = await createConfig({ extends: ['recommended'] });
  const found = await lintFromString({ source, config });
  return found.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`);
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
