import { type Problem, type ProblemBody, problemBody } from '../../protocol/problems.ts';
import type { Standing } from '../../protocol/receipt.ts';

/** An answer as the handlers make it; the middleware adds what all answers have. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | ReadableStream;
  readonly standing?: Standing | undefined;
}

export const answer = ({ status, headers = {}, body, standing }: Answer): Response =>
  new Response(body ?? null, { status, headers: { ...COMMON, ...standingHeaders(standing), ...headers } });

export const json = (status: number, text: string, rest: Omit<Answer, 'status' | 'body'> = {}): Response =>
  answer({ status, body: text, ...rest, headers: { 'Content-Type': 'application/json', ...rest.headers } });

/** RFC 9457. A cure that is a header, too, goes into both. */
export const problemAnswer = (problem: Problem, rest: Omit<Answer, 'status' | 'body'> = {}): Response =>
  outcomeAnswer(problemBody(problem), rest);

/** A problem that was recorded as a change's outcome. */
export const outcomeAnswer = (body: ProblemBody, rest: Omit<Answer, 'status' | 'body'> = {}): Response =>
  answer({
    status: body.status,
    body: JSON.stringify(body),
    ...rest,
    headers: {
      'Content-Type': 'application/problem+json',
      ...(body.retryAfter === undefined ? {} : { 'Retry-After': String(body.retryAfter) }),
      ...(body.status === 401 ? { 'WWW-Authenticate': 'Bearer realm="changebucket"' } : {}),
      ...rest.headers,
    },
  });

/** Nothing here may be stored by a shared cache or shown to another subject [S1]. */
const COMMON = {
  'Cache-Control': 'private, no-cache',
  Vary: 'Authorization',
  'X-Content-Type-Options': 'nosniff',
};

const standingHeaders = (standing: Standing | undefined): Record<string, string> =>
  standing === undefined
    ? {}
    : {
        'Changebucket-Epoch': standing.epoch,
        'Changebucket-Version': String(standing.version),
        'Changebucket-Head': String(standing.head),
        'Changebucket-Queue': String(standing.queue),
        'Changebucket-Lag': String(standing.lag),
      };
