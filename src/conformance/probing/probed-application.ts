import type { Json } from '../../protocol/json.ts';
import { JSON_PATCH_TYPE, MERGE_PATCH_TYPE } from '../../protocol/patch.ts';
import type { Answer } from './answer.ts';
import { expectStatus } from './expectations.ts';
import type { Ask, RequestSender } from './request-sender.ts';

type Headings = Readonly<Record<string, string>>;

const JSON_HEADER = { 'Content-Type': 'application/json' };
const APPLIED = { Prefer: 'wait=10' };

/** An application that checks ask, as one sender sees it. */
export class ProbedApplication {
  readonly probe: RequestSender;
  /** `owner/app`. */
  readonly name: string;
  readonly #token: string | undefined;

  /** @param token of another subject than the target's */
  constructor(probe: RequestSender, name: string, token?: string) {
    this.probe = probe;
    this.name = name;
    this.#token = token;
  }

  get path(): string {
    return `/v1/apps/${this.name}`;
  }

  /** The same application for another subject. */
  as(token: string): ProbedApplication {
    return new ProbedApplication(this.probe, this.name, token);
  }

  /** @param rest behind the path of the application: `/state` */
  ask(rest: string, ask: Ask = {}): Promise<Answer> {
    return this.probe.ask(this.path + rest, { token: this.#token, ...ask });
  }

  async create(kind: string): Promise<Answer> {
    const answer = await this.ask('', { method: 'PUT', headers: JSON_HEADER, body: JSON.stringify({ kind }) });
    return expectStatus(answer, 200, 201);
  }

  get(rest: string, headers: Headings = {}): Promise<Answer> {
    return this.ask(rest, { headers });
  }

  /** Pushes a change of the client `c` by its name. */
  push(n: number, name: string, args: Json, headers: Headings = {}): Promise<Answer> {
    return this.send('PUT', `/changes/c/${n}`, { name, args }, headers);
  }

  /** Merges into the state, as the client `c`. */
  merge(n: number | string, patch: Json, headers: Headings = {}, client = 'c'): Promise<Answer> {
    return this.send('PUT', `/changes/${client}/${n}`, patch, { 'Content-Type': MERGE_PATCH_TYPE, ...headers });
  }

  /** The same, and waits until it is applied. */
  async mergeNow(n: number, patch: Json): Promise<Answer> {
    return expectStatus(await this.merge(n, patch, APPLIED), 200);
  }

  /** Applies a JSON Patch, as the client `c`. */
  patch(n: number, operations: Json, headers: Headings = APPLIED): Promise<Answer> {
    return this.send('PUT', `/changes/c/${n}`, operations, { 'Content-Type': JSON_PATCH_TYPE, ...headers });
  }

  batch(n: number, changes: Json, rest: { readonly atomic?: boolean } = {}, headers: Headings = {}): Promise<Answer> {
    return this.send('PUT', '/changes/c', { n, changes, ...rest }, headers);
  }

  send(method: string, rest: string, body: Json, headers: Headings = {}): Promise<Answer> {
    return this.ask(rest, { method, headers: { ...JSON_HEADER, ...headers }, body: JSON.stringify(body) });
  }

  ticket(n: number, client = 'c'): Promise<Answer> {
    return this.get(`/changes/${client}/${n}`);
  }

  state(headers: Headings = {}, query = ''): Promise<Answer> {
    return this.get(`/state${query}`, headers);
  }

  /** The state with everything that was acknowledged. */
  async drained(): Promise<Answer> {
    return expectStatus(await this.state({ Prefer: 'drain' }), 200);
  }
}
