import type { Receipt, Ticket } from '../../protocol/receipt.ts';
import type { Environment } from '../platform/environment.ts';
import { type Http, problemIn } from '../platform/http-client.ts';
import { parsed } from '../platform/parse-json.ts';
import { ownProblem } from '../platform/problem-error.ts';
import { Alarm } from '../platform/timer.ts';
import { isSame, type Waits } from './push-promises.ts';
import { mayPass } from './push-result.ts';

/** Most outcomes come by themselves, with the answer or on the socket; this long they are given time to. */
const GRACE_MS = 1_000;
const TICKET_TIMEOUT_MS = 10_000;

/** Asks what became of this tab's changes that were passed without a word. One question at a time. */
export class TicketAsker {
  readonly #http: Http;
  readonly #waits: Waits;
  readonly #alarm: Alarm;
  #controller: AbortController | undefined;

  constructor(http: Http, waits: Waits, environment: Environment) {
    this.#http = http;
    this.#waits = waits;
    this.#alarm = new Alarm(environment);
  }

  /** To be called whenever something may have become unsettled. */
  look(): void {
    if (this.#alarm.isSet || this.#controller !== undefined || this.#waits.unsettled().length === 0) return;
    this.#alarm.set(GRACE_MS, () => void this.#ask());
  }

  close(): void {
    this.#alarm.clear();
    this.#controller?.abort();
  }

  async #ask(): Promise<void> {
    const controller = new AbortController();
    this.#controller = controller;
    for (const { id, receipt } of this.#waits.unsettled()) {
      if (!(await this.#askOne(id, receipt, controller))) break;
    }
    this.#controller = undefined;
    if (!controller.signal.aborted) this.look();
  }

  /** Whether there was an answer. */
  async #askOne(id: string, receipt: Receipt, controller: AbortController): Promise<boolean> {
    const { client, n } = receipt;
    const answer = await this.#http.call({
      path: `/changes/${client}/${n}`,
      controller,
      timeoutMs: TICKET_TIMEOUT_MS,
    });
    if (answer.kind === 'none') return false;
    if (answer.status === 200) {
      const ticket = parsed<Ticket>(answer.text);
      if (ticket === undefined) return false;
      if (isSame(ticket, receipt)) this.#waits.settle(id, ticket);
      else this.#waits.fail(id, LOST);
      return true;
    }
    const problem = problemIn(answer.status, answer.text);
    if (mayPass(problem)) return false;
    this.#waits.fail(id, problem);
    return true;
  }
}

const LOST = ownProblem('history-lost', 0, 'The history was replaced', 'Its outcome is not known here.');
