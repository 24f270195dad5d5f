import { Answer } from './answer.ts';
import { ProbedApplication } from './probed-application.ts';
import type { Ask, RequestSender } from './request-sender.ts';
import type { Facilities, Target, TokenClaims } from './target.ts';
import { NotTestable } from './violation.ts';

/** No server that lives takes longer, a long-poll of some seconds included. */
const ANSWER_MS = 15_000;
/** Answers 429 that ask for no more than this are waited for: the deployment limits the rate of all checks together. */
const PAUSE_S_MAX = 10;

/** What the checks of one run share: requests, and applications that are deleted at its end. */
export class Probe implements RequestSender {
  readonly target: Target;
  readonly facilities: Facilities;
  readonly #made: string[] = [];
  readonly #run: string = Math.random().toString(36).slice(2, 10);

  constructor(target: Target, facilities: Facilities) {
    this.target = target;
    this.facilities = facilities;
  }

  /** @param path from the root: `/v1/apps/…` */
  async ask(path: string, ask: Ask = {}): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.open(path, ask);
      const answer = new Answer(`${ask.method ?? 'GET'} ${path}`, response, await response.text());
      const pause = Number(answer.headers.get('Retry-After') ?? 1);
      const isLimited = answer.status === 429 && answer.text.includes(':rate-limited');
      if (!isLimited || attempt > 3 || pause > PAUSE_S_MAX) return answer;
      await sleep(pause * 1_000);
    }
  }

  /** The same with a body that is still to come. */
  open(path: string, { method = 'GET', headers, body, token }: Ask, signal?: AbortSignal): Promise<Response> {
    const sent = token === undefined ? this.target.token : (token ?? undefined);
    const limit = AbortSignal.timeout(ANSWER_MS);
    return fetch(this.target.url + path, {
      method,
      redirect: 'manual',
      headers: { ...headers, ...(sent === undefined ? {} : { Authorization: `Bearer ${sent}` }) },
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      ...(body === undefined ? {} : { body }),
    });
  }

  /** A name that nobody uses, of an application that is not there yet. */
  newApplication(): ProbedApplication {
    const app = `conformance-${this.#run}-${this.#made.length + 1}`;
    this.#made.push(app);
    return new ProbedApplication(this, `${this.target.owner}/${app}`);
  }

  /** A new application of the kind that the checks use. */
  async createApplication(): Promise<ProbedApplication> {
    const application = this.newApplication();
    await application.create(this.facilities.kind);
    return application;
  }

  /** A new application of the kind `conformance`. @throws NotTestable where the deployment lacks it */
  async createOwnKind(): Promise<ProbedApplication> {
    if (this.facilities.kind !== 'conformance') throw new NotTestable('the deployment has no kind `conformance`');
    return this.createApplication();
  }

  /** A token of another subject. @throws NotTestable where none can be made */
  async tokenFor(claims: TokenClaims): Promise<string> {
    this.needTokens();
    if (this.target.mint === undefined) throw new NotTestable('needs tokens of several subjects: --secret');
    return this.target.mint(claims);
  }

  /** @throws NotTestable where requests need no token */
  needTokens(): void {
    if (this.facilities.isOpen) throw new NotTestable('the deployment is open: requests need no token');
  }

  /** Deletes what the checks have made, for good. */
  async cleanUp(): Promise<void> {
    for (let at = 0; at < this.#made.length; at += 8) {
      const some = this.#made.slice(at, at + 8);
      await Promise.all(
        some.map((app) =>
          this.ask(`/v1/apps/${this.target.owner}/${app}/purge`, { method: 'POST' }).catch(() => undefined),
        ),
      );
    }
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
