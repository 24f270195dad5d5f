import { POSITION_HEADER, type Position, printPosition } from '../../../protocol/position.ts';
import { type Problem, type ProblemBody, problemBody } from '../../../protocol/problems.ts';

/** An answer as the handlers make it. Each header costs 1 to 2 µs of a request: what nobody needs is left out. */
export interface ResponseParts {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | ReadableStream;
  readonly position?: Position | undefined;
}

export const respond = ({ headers, ...rest }: ResponseParts): Response =>
  respondWrite({ ...rest, headers: { ...CACHING, 'X-Content-Type-Options': 'nosniff', ...headers } });

/** Of a 304 there is nothing to sniff. */
export const respondUnchanged = ({ headers, ...rest }: Omit<ResponseParts, 'status' | 'body'>): Response =>
  respondWrite({ ...rest, status: 304, headers: { ...CACHING, ...headers } });

/** What says how a write went: no cache keeps that (RFC 9110, 9.3.4), and no browser shows it as a page. */
export const respondWrite = ({ status, headers, body, position }: ResponseParts): Response =>
  new Response(body ?? null, {
    status,
    headers: position === undefined ? { ...headers } : { ...headers, [POSITION_HEADER]: printPosition(position) },
  });

export const json = (status: number, text: string, rest: Omit<ResponseParts, 'status' | 'body'> = {}): Response =>
  respond({ status, body: text, ...rest, headers: { ...JSON_TYPE, ...rest.headers } });

export const JSON_TYPE = { 'Content-Type': 'application/json' } as const;

/** RFC 9457. A cure that is a header, too, goes into both. */
export const problemResponse = (problem: Problem, rest: Omit<ResponseParts, 'status' | 'body'> = {}): Response =>
  outcomeResponse(problemBody(problem), rest);

/** A problem that was recorded as a change's outcome. */
export const outcomeResponse = (body: ProblemBody, rest: Omit<ResponseParts, 'status' | 'body'> = {}): Response =>
  respond({
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

/** Nothing here may be stored by a shared cache or shown to another subject or page [S1] [A8]. */
const CACHING = { 'Cache-Control': 'private, no-cache', Vary: 'Authorization, Origin' };
