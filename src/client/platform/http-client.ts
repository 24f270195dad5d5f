import { POSITION_HEADER, type Position } from '../../protocol/position.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import type { Environment } from './environment.ts';
import { tryParseJson } from './parse-json.ts';
import { Timer } from './timer.ts';
import type { Tokens } from './tokens.ts';

export interface HttpRequest {
  readonly method?: 'GET' | 'PUT';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Aborts the request when the time is over; the caller may do so before. */
  readonly controller: AbortController;
  readonly timeoutMs: number;
}

/** An answer, read; or none, which leaves open what became of the request [Q1]. */
export type HttpResponse =
  | { readonly kind: 'answer'; readonly status: number; readonly headers: Headers; readonly text: string }
  | { readonly kind: 'none' };

/** One application over HTTP. Expected trouble is an answer; nothing here throws. */
export class HttpClient {
  /** Ends in the application's name. */
  readonly base: string;
  readonly tokens: Tokens;
  readonly #environment: Environment;

  constructor(base: string, tokens: Tokens, environment: Environment) {
    this.base = base;
    this.tokens = tokens;
    this.#environment = environment;
  }

  async call(request: HttpRequest): Promise<HttpResponse> {
    const timer = new Timer(this.#environment);
    timer.set(request.timeoutMs, () => request.controller.abort());
    try {
      const response = await this.open(request);
      return { kind: 'answer', status: response.status, headers: response.headers, text: await response.text() };
    } catch {
      return { kind: 'none' };
    } finally {
      timer.clear();
    }
  }

  /** The bare response, for those who read it as it comes. @throws when there is none */
  async open({
    method = 'GET',
    path,
    headers = {},
    body,
    controller,
  }: Omit<HttpRequest, 'timeoutMs'>): Promise<Response> {
    const token = await this.tokens.get();
    const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const response = await this.#environment.fetch(this.base + path, {
      method,
      headers: { ...headers, ...authorization },
      signal: controller.signal,
      // The etag is ours: a browser's cache in between would answer 304 with 200 of its own.
      cache: 'no-store',
      ...(body === undefined ? {} : { body }),
    });
    if (response.status === 401) this.tokens.invalidate();
    return response;
  }
}

/** The problem of an answer that is none of ours is made up from its status. */
export const parseProblem = (status: number, text: string): ProblemBody => {
  const body = tryParseJson<Partial<ProblemBody> | null>(text);
  if (typeof body?.type === 'string' && typeof body.status === 'number') return body as ProblemBody;
  return { type: 'about:blank', title: `${status}`, status, detail: 'Not from Changebucket.' };
};

export const parseRetryAfter = (headers: Headers): number => {
  const seconds = Number(headers.get('Retry-After'));
  return seconds > 0 && seconds < 1e9 ? seconds * 1_000 : 0;
};

/** Where the application stands, as every answer about it says: as much of it as a client cares for. */
export type SeenPosition = Pick<Position, 'epoch' | 'lag'>;

export const parsePosition = (headers: Headers): SeenPosition | undefined => {
  const [, epoch, lag] = /"(\w+)".*lag=(\d+)/.exec(headers.get(POSITION_HEADER) as string) ?? [];
  return epoch === undefined ? epoch : { epoch, lag: Number(lag) };
};
