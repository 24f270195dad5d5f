import { isBatchFailed } from '../../client/push/batch.ts';
import { valueAt } from '../../core/json/locate.ts';
import { KIND_HEADER } from '../../protocol/kind.ts';
import { POSITION_HEADER, printPosition } from '../../protocol/position.ts';
import { type Problem, problem, problemBody } from '../../protocol/problems.ts';
import { etagOf, parseEtag } from '../../protocol/version.ts';
import type { FakeApplication, FakePush } from './fake-application.ts';
import type { FakeSender } from './fake-token.ts';
import type { Gate } from './gate.ts';
import { partUpdate } from './part-update.ts';
import { setRealTimer } from './real-time.ts';

/** One request to the fake server. */
export interface FakeRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
  readonly sender: FakeSender;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** A fake server stores nothing [C2]. */
const NO_COST = { 'Changebucket-Cost': 'requests=0' };

/** Answers the requests that the SDK makes, as PROTOCOL.md says. */
export class FakeRoutes {
  readonly #application: FakeApplication;
  readonly #gate: Gate;
  /** The path of the application. */
  readonly #base: string;

  constructor(application: FakeApplication, gate: Gate, base: string) {
    this.#application = application;
    this.#gate = gate;
    this.#base = base;
  }

  async answer(request: FakeRequest): Promise<Response> {
    const { method, url } = request;
    if (!url.pathname.startsWith(this.#base))
      return this.#problem(problem('unknown-application', `Not ${url.pathname}.`));
    const [, first, client = '', n] = url.pathname.slice(this.#base.length).split('/');
    if (method === 'PUT' && first === 'changes' && n === undefined) return this.#push(request, client);
    if (method !== 'GET') return this.#problem(problem('not-found', `A fake server has no ${method} ${url.pathname}.`));
    if (first === undefined) return this.#info();
    if (first === 'state') return this.#readState(request);
    if (first === 'changes') return this.#readTicket(client, Number(n));
    if (first === 'socket') return this.#problem(problem('upgrade-required', 'This is a socket.'));
    return this.#problem(problem('not-found', `A fake server has no ${url.pathname}.`));
  }

  #info(): Response {
    const { name, version } = this.#application.definition;
    return this.#json(200, { kind: name, definition: { state: version, deployed: version } });
  }

  #push({ sender, body, headers }: FakeRequest, client: string): Response {
    const refusal = this.#gate.refusal(headers.get(KIND_HEADER)?.replaceAll('"', ''));
    if (refusal !== undefined) return this.#problem(refusal);
    const batch = JSON.parse(body) as Pick<FakePush, 'n' | 'changes' | 'atomic'>;
    const match = headers.get('If-Match')?.split(', ');
    const answer = this.#application.push({ ...sender, client, ...batch, match });
    if (answer.kind === 'refused') return this.#problem(answer.problem);
    const { tickets } = answer;
    const rejections = tickets.flatMap((ticket) => ('problem' in ticket ? [ticket.problem] : []));
    const rejection = batch.atomic ? rejections.find((each) => !isBatchFailed(each)) : undefined;
    // It was accepted, so its n is used up [Q17].
    if (rejection !== undefined) return this.#json(rejection.status, { ...rejection, accepted: true });
    return this.#json(200, { tickets, version: this.#application.current.version }, NO_COST);
  }

  #readTicket(client: string, n: number): Response {
    const ticket = this.#application.ticketOf(client, n);
    return ticket === undefined
      ? this.#problem(problem('unknown-ticket', `${client} has pushed no change ${n}.`))
      : this.#json(200, ticket);
  }

  #readState(request: FakeRequest): Promise<Response> | Response {
    const { url, headers } = request;
    const at = url.searchParams.get('at');
    if (at !== null) return this.#readPast(at);
    const seconds = Number(/\bwait=(\d+)/.exec(headers.get('Prefer') ?? '')?.[1] ?? 0);
    const needed = Number(headers.get('Min-Version') ?? 0);
    if (this.#application.current.version < needed) return this.#awaitVersion(request, needed, seconds);
    return this.#readNewest(request, url.searchParams.get('path') ?? '', seconds);
  }

  #readPast(at: string): Response {
    const state = this.#application.stateAt(Number(at));
    return state === undefined
      ? this.#problem(problem('unknown-version', `There is no version ${at}.`))
      : this.#json(200, state);
  }

  /** @param path of a part; '' for the whole state @param seconds to wait for a change */
  async #readNewest({ headers, signal }: FakeRequest, path: string, seconds: number): Promise<Response> {
    const application = this.#application;
    const known = parseEtag(headers.get('If-None-Match') ?? '');
    const isKnown = known !== undefined && headers.get('A-IM') !== null;
    const updateNow = () => (path === '' ? application.updateFrom(known) : partUpdate(application, path, known));
    if (seconds > 0 && updateNow().kind === 'unchanged') await this.#newVersion(seconds, signal);
    const ETag = etagOf(application.current);
    const update = updateNow();
    if (valueAt(application.state, path) === undefined)
      return this.#problem(problem('unknown-path', `There is nothing at ${path}.`));
    if (update.kind === 'unchanged') return this.#respond(304, null, { ETag });
    if (update.kind === 'patch' && isKnown)
      return this.#json(226, update.patch, { ETag, IM: 'json-patch', 'Delta-Base': etagOf(known) });
    return this.#json(200, update.kind === 'full' ? update.state : application.state, { ETag });
  }

  /** Answers once a version is reached [S7], or says that it was not in time. */
  async #awaitVersion(request: FakeRequest, needed: number, seconds: number): Promise<Response> {
    if (seconds > 0) await this.#newVersion(seconds, request.signal, needed);
    if (this.#application.current.version >= needed) return this.#readState(request);
    return this.#problem(problem('version-not-reached', `Not at ${needed} yet.`, { retryAfter: 1 }));
  }

  /** Resolves with the next version from `needed` on, or when the time is over. */
  #newVersion(seconds: number, signal: AbortSignal, needed = 0): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        unsubscribe();
        resolve();
      };
      const cancel = setRealTimer(seconds * 1_000, end);
      const unsubscribe = this.#application.onChange(() => {
        if (this.#application.current.version >= needed) end();
      });
      signal.addEventListener('abort', end, { once: true });
    });
  }

  #problem(reason: Problem): Response {
    const body = problemBody(reason);
    const { retryAfter } = reason;
    return this.#json(body.status, body, {
      'Content-Type': 'application/problem+json',
      ...(retryAfter === undefined ? {} : { 'Retry-After': `${retryAfter}` }),
    });
  }

  #json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
    return this.#respond(status, JSON.stringify(body), { 'Content-Type': 'application/json', ...headers });
  }

  #respond(status: number, body: string | null, headers: Readonly<Record<string, string>>): Response {
    const { epoch, version } = this.#application.current;
    const definition = this.#application.definition.version;
    const position = printPosition({ epoch, version, head: version, queue: 0, lag: 0, definition });
    return new Response(body, { status, headers: { [POSITION_HEADER]: position, ...headers } });
  }
}
