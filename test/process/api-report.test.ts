import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { apiEntries, apiReports } from '../support/api-report.ts';

const HINT = 'The public API changed. If that is meant, run `npm run api` and commit docs/api';

describe('the public API', () => {
  let reports: ReturnType<typeof apiReports> = [];
  beforeAll(() => {
    reports = apiReports();
  });

  it('has a report for each entry of the package, and no other', () => {
    const names = reports.map(({ path }) => basename(path));
    expect(names.sort()).toEqual([
      'api.api.md',
      'changebucket.api.md',
      'conformance.api.md',
      'define.api.md',
      'react.api.md',
      'server.api.md',
      'tanstack-db.api.md',
      'testing.api.md',
      'token.api.md',
    ]);
    expect(readdirSync(dirname(reports[0]?.path ?? '')).sort(), HINT).toEqual(names);
  });

  it.each(apiEntries())('of $name is the one of the report', ({ name }) => {
    const report = reports.find((each) => each.name === name);
    const kept = report !== undefined && existsSync(report.path) ? readFileSync(report.path, 'utf8') : '';
    expect(report?.text, HINT).toBe(kept);
  });
});
