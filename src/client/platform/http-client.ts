import type { ProblemBody } from '../../protocol/problems.ts';
import { retryAfterOf } from './backoff.ts';
import type { Environment } from './environment.ts';
import { tryParseJson } from './parse-json.ts';
import { clientProblem, nameOf } from './problem-error.ts';
import { Timer } from './timer.ts';
import type { Tokens } from './tokens.ts';

/** One request to the application. */
export interface HttpRequest {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Behind the application's name, e.g. `/state`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: NonNullable<RequestInit['body']>;
  /** What else `fetch` is told. */
  readonly init?: RequestInit;
  /** Aborts the request: the caller may use it, and `timeoutMs` does. */
  readonly controller: AbortController;
  readonly timeoutMs: number;
}

/** A whole answer. */
export interface HttpResponse {
  /** 0: no whole answer came. The server may have handled the request or not [Q1]. */
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** `Retry-After`, in seconds or as a date; 0 without one. */
  readonly retryAfterMs: number;
  /** Present when it was not sent for want of a token. */
  readonly failure?: ProblemBody | undefined;
}

/** The problem of a request that got no whole answer. */
export const UNREACHABLE: ProblemBody = clientProblem(
  'unreachable',
  0,
  'The server cannot be reached',
  'No whole answer came.',
);

/** Characters of a body, each up to 3 bytes: leaves room for the requests of other clients in the page. */
const KEEPALIVE_LENGTH_MAX = 8_000;

/** What a client is for. */
export interface HttpTarget {
  readonly kind?: string | undefined;
  readonly part?: string | undefined;
}

/** One application over HTTP. */
export class HttpClient {
  /** The address of the application, without a slash at the end. */
  readonly base: string;
  readonly tokens: Tokens;
  /** The kind that each push names [L2]; undefined where it is not known. */
  readonly kind: string | undefined;
  /** The JSON Pointer of the part of the state that is read; '' for the whole. */
  readonly part: string;
  /** It as the query of a read; '' for the whole state. */
  readonly query: string;
  readonly #environment: Environment;

  constructor(base: string, tokens: Tokens, environment: Environment, { kind, part = '' }: HttpTarget = {}) {
    this.base = base;
    this.tokens = tokens;
    this.kind = kind;
    this.part = part;
    this.query = part && `?path=${encodeURIComponent(part)}`;
    this.#environment = environment;
  }

  /** Whether a problem says that the application does not exist yet, and this subject's first push will create it [L2]. */
  awaitsCreation(problem: ProblemBody | undefined): boolean {
    return problem !== undefined && nameOf(problem) === 'unknown-application' && this.isAdmin;
  }

  /** Whether the token in use makes its subject an admin of the application [A2]. Only the server knows for sure. */
  get isAdmin(): boolean {
    const [owner = '', app = ''] = this.base.split('/').slice(-2);
    return this.tokens.isAdmin(owner, app);
  }

  /** Reads the whole answer. Never rejects. */
  async call(request: HttpRequest): Promise<HttpResponse> {
    const timer = new Timer(this.#environment);
    timer.set(request.timeoutMs, () => request.controller.abort());
    try {
      const response = await this.open(request);
      const { status, headers } = response;
      return {
        status,
        headers,
        text: await response.text(),
        retryAfterMs: retryAfterOf(headers, this.#environment.now()),
      };
    } catch (error) {
      return { status: 0, headers: new Headers(), text: '', retryAfterMs: 0, failure: this.failureBy(error) };
    } finally {
      timer.clear();
    }
  }

  /** The problem behind an error that `open` has thrown, unless that is the network's. */
  failureBy(error: unknown): ProblemBody | undefined {
    const { failure } = this.tokens;
    return failure?.cause === error ? failure : undefined;
  }

  /** Resolves to the response before its body is read, for streams. @throws when no response comes */
  async open({
    method = 'GET',
    path,
    headers = {},
    body,
    init: more,
    controller,
  }: Omit<HttpRequest, 'timeoutMs'>): Promise<Response> {
    const aborted = new Promise<never>((_, reject) => controller.signal.addEventListener('abort', reject));
    // A source of tokens that never answers must not keep a request from ending.
    const token = await Promise.race([this.tokens.get(), aborted]);
    const init = {
      method,
      headers: token === undefined ? headers : { ...headers, Authorization: `Bearer ${token}` },
      signal: controller.signal,
      // The browser's cache would turn our 304 into a 200 of its own.
      cache: 'no-store',
      // A small push that is under way survives the page. Browsers allow 64 KiB of bodies for all such requests together.
      keepalive: typeof body === 'string' && body.length <= KEEPALIVE_LENGTH_MAX,
      body: body ?? null,
      ...more,
    } as const;
    const response = await this.#environment.fetch(this.base + path, init);
    this.tokens.noteServerTime(response.headers.get('Date'));
    if (response.status === 401) this.tokens.invalidate(token);
    return response;
  }
}

/** The problem in an answer. If the answer does not come from Changebucket, it is made up from the status. */
export const parseProblem = ({
  status,
  text,
  failure = UNREACHABLE,
}: Pick<HttpResponse, 'status' | 'text' | 'failure'>): ProblemBody => {
  if (status === 0) return failure;
  const body = tryParseJson<Partial<ProblemBody> | null>(text);
  if (typeof body?.type === 'string' && typeof body.status === 'number') return body as ProblemBody;
  return { type: 'about:blank', title: `${status}`, status, detail: `Not from Changebucket: ${text.slice(0, 200)}` };
};
