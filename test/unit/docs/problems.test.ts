import { readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { ProblemError } from '../../../src/core/json/problem-error.ts';
import { problemsPage } from '../../../src/docs/problems-page.ts';
import { PROBLEM_GUIDE } from '../../../src/protocol/problem-guide.ts';
import {
  PROBLEMS,
  type ProblemBody,
  type ProblemName,
  problem,
  problemBody,
  problemOfBody,
} from '../../../src/protocol/problems.ts';
import { openapi } from '../../../src/server/http/openapi/document.ts';
import { routes } from '../../../src/server/http/route-table.ts';

const NAMES = Object.keys(PROBLEMS) as ProblemName[];

describe('[E1] the table of problems', () => {
  it('is what npm run docs:problems makes', () => {
    expect(readFileSync('docs/problems.md', 'utf8')).toBe(problemsPage());
  });

  it('has a row for every problem, with its status, who can cause it and what to do', () => {
    const rows = new Map(
      [...problemsPage().matchAll(/^\| `([a-z0-9-]+)` \| (\d{3}) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)].map(
        ([, name = '', status, title]) => [name, [Number(status), title]],
      ),
    );
    expect([...rows.keys()]).toEqual(NAMES.toSorted());
    for (const name of NAMES) expect(rows.get(name)).toEqual([...PROBLEMS[name]]);
  });

  it.each(NAMES)('says of %s what to do, in whole sentences, and whom to look to', (name) => {
    const { causedBy, whatToDo } = PROBLEM_GUIDE[name];
    expect(causedBy.length).toBeGreaterThan(0);
    expect(whatToDo).toMatch(/^[A-Z`].{10,}[.\]]$/);
    expect(whatToDo).not.toContain('|');
  });

  it('is in OpenAPI, with the same titles and statuses', () => {
    const { type } = JSON.parse(openapi(routes)).components.schemas.Problem.properties;
    expect(type.anyOf[0].enum).toEqual(NAMES.map((name) => `urn:changebucket:problem:${name}`));
    for (const name of NAMES) expect(type.description).toContain(`${name}: ${PROBLEMS[name][0]}`);
  });

  it('types the name of a ProblemError, and the type of a body', () => {
    const error = new ProblemError(problem('queue-full', 'Later.'));
    expectTypeOf(error.name).toEqualTypeOf<ProblemName>();
    expect([error.name, String(error)]).toEqual(['queue-full', 'queue-full: Later.']);
    // A program that compares them is checked by the compiler, and any text fits.
    const other: ProblemBody['type'] = 'about:blank';
    expect(problemBody(error.problem).type === other).toBe(false);
  });

  it.each(NAMES)('%s survives its way to a body and back', (name) => {
    const given = problem(name, 'Why.', { limit: 7, reason: 'r' });
    expect(problemOfBody(problemBody(given))).toEqual(given);
  });
});
