import { afterEach, describe, expect, it, vi } from 'vitest';
import { ProblemError } from '../../../../../src/core/json/problem-error.ts';
import { problem } from '../../../../../src/protocol/problems.ts';
import { errorResponse } from '../../../../../src/server/http/response/errors.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('errorResponse', () => {
  it('[E2] [G2] logs a bug with its application and the id of the request, and shows the client the id only', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const response = errorResponse(new Error('a secret of ours'), 'alice/board', () => 'r-17');
    const line = JSON.parse(String(printed.mock.calls[0]?.[0])) as Record<string, string>;
    expect(line).toMatchObject({ level: 'error', application: 'alice/board', error: 'Error: a secret of ours' });
    const body = await response.text();
    expect([response.status, body.includes(line['request'] ?? '-'), body.includes('secret')]).toEqual([
      500,
      true,
      false,
    ]);
  });

  it('[E1] answers a refusal with its problem and logs nothing', () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(errorResponse(new ProblemError(problem('too-deep', 'no')), 'alice/board', () => 'r-17').status).toBe(422);
    expect(printed).not.toHaveBeenCalled();
  });
});
