import { describe, expect, expectTypeOf, it } from 'vitest';
import { ProblemError } from '../../../../src/client/index.ts';
import { clientProblem } from '../../../../src/client/platform/problem-error.ts';
import { PROBLEMS, type ProblemName, problem, problemBody } from '../../../../src/protocol/problems.ts';

describe('the name of a ProblemError', () => {
  it.each(Object.keys(PROBLEMS) as ProblemName[])('[E1] is that of the server’s problem: %s', (name) => {
    const error = new ProblemError(problemBody(problem(name, 'Why.')));
    expect([error.name, error instanceof Error]).toEqual([name, true]);
  });

  it('is that of the client’s own problem, and foreign for an answer of a proxy', () => {
    expect(new ProblemError(clientProblem('closed', 0, 'Closed', 'Why.')).name).toBe('closed');
    const foreign = { type: 'about:blank', title: '502', status: 502, detail: 'Not from Changebucket: Bad Gateway' };
    expect(new ProblemError(foreign).name).toBe('foreign');
  });

  it('is a union, so that the compiler finds a name that no problem has', () => {
    const { name } = new ProblemError(problemBody(problem('queue-full', 'Why.')));
    expectTypeOf<ProblemName | 'closed' | 'foreign'>().toExtend<typeof name>();
    // @ts-expect-error: there is no such problem
    expect(name === 'queue-ful').toBe(false);
  });
});
