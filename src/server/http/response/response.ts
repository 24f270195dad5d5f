import { POSITION_HEADER, type Position, printPosition } from '../../../protocol/position.ts';
import { type Problem, type ProblemBody, problemBody } from '../../../protocol/problems.ts';

/** The parts of an answer. Each header costs 1 to 2 µs of a request, so unneeded ones are left out. */
export interface ResponseParts {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | ReadableStream;
  readonly position?: Position | undefined;
}

/** The answer to a read. */
export const respond = ({ headers, ...rest }: ResponseParts): Response =>
  respondWrite({ ...rest, headers: { ...CACHING, 'X-Content-Type-Options': 'nosniff', ...headers } });

/** A 304. It has no body whose type could be sniffed. */
export const respondUnchanged = ({ headers, ...rest }: Omit<ResponseParts, 'status' | 'body'>): Response =>
  respondWrite({ ...rest, status: 304, headers: { ...CACHING, ...headers } });

/** The answer to a write: no cache stores it (RFC 9110, 9.3.4), and no browser shows it as a page. */
export const respondWrite = ({ status, headers, body, position }: ResponseParts): Response =>
  new Response(body ?? null, {
    status,
    headers: position === undefined ? { ...headers } : { ...headers, [POSITION_HEADER]: printPosition(position) },
  });

/** An answer to a read with a body of JSON text. */
export const json = (status: number, text: string, rest: Omit<ResponseParts, 'status' | 'body'> = {}): Response =>
  respond({ status, body: text, ...rest, headers: { ...JSON_TYPE, ...rest.headers } });

/** The content type of JSON. */
export const JSON_TYPE = { 'Content-Type': 'application/json' } as const;

/** An answer with a problem (RFC 9457). A retry time goes into the body and into `Retry-After`. */
export const problemResponse = (problem: Problem, rest: Omit<ResponseParts, 'status' | 'body'> = {}): Response =>
  outcomeResponse(problemBody(problem), rest);

/** An answer with a problem that was recorded as a change's outcome. */
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

/** No answer may be stored by a shared cache, or reused for another subject or page [S1] [A8]. */
const CACHING = { 'Cache-Control': 'private, no-cache', Vary: 'Authorization, Origin' };

/** A state comes as JSON, as events or as a patch, by what the request accepts [S1]. */
export const STATE_VARY = { Vary: 'Authorization, Origin, Accept, A-IM' } as const;
