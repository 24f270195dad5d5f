import type { Ticket } from '../../protocol/receipt.ts';
import type { Environment } from '../platform/environment.ts';
import { type HttpClient, parseProblem } from '../platform/http-client.ts';
import { tryParseJson } from '../platform/parse-json.ts';
import { Timer } from '../platform/timer.ts';
import { isBatchFailed } from './batch.ts';
import { LOST } from './open-push.ts';
import { type AcceptedPush, isSameReceipt, type PushPromises } from './push-promises.ts';
import { isTransient } from './push-result.ts';

/** Milliseconds before a ticket is polled: most outcomes come unasked, with the answer to the push or on the socket. */
const GRACE_MS = 1_000;
const TICKET_TIMEOUT_MS = 10_000;

/** Polls the tickets of this tab's changes that are confirmed and whose outcome has not come. One request at a time. */
export class TicketPoller {
  readonly #http: HttpClient;
  readonly #promises: PushPromises;
  readonly #timer: Timer;
  #controller: AbortController | undefined;

  constructor(http: HttpClient, promises: PushPromises, environment: Environment) {
    this.#http = http;
    this.#promises = promises;
    this.#timer = new Timer(environment);
  }

  /** To be called after every change of the promises. */
  schedule(): void {
    if (this.#timer.isSet || this.#controller !== undefined) return;
    const isMissing = this.#promises.withoutOutcome().some(({ isConfirmed }) => isConfirmed);
    if (isMissing) this.#timer.set(GRACE_MS, () => void this.#poll());
  }

  close(): void {
    this.#timer.clear();
    this.#controller?.abort();
  }

  async #poll(): Promise<void> {
    const controller = new AbortController();
    this.#controller = controller;
    for (const push of this.#promises.withoutOutcome()) {
      if (push.isConfirmed && !(await this.#pollOne(push, controller))) break;
    }
    this.#controller = undefined;
    if (!controller.signal.aborted) this.schedule();
  }

  /** @returns false when no usable answer came: the others are polled later, too */
  async #pollOne(push: AcceptedPush, controller: AbortController): Promise<boolean> {
    const { id, receipt, count } = push;
    const { client, n } = receipt;
    const answer = await this.#http.call({
      path: `/changes/${client}/${n}`,
      controller,
      timeoutMs: TICKET_TIMEOUT_MS,
    });
    if (answer.status === 200) {
      const ticket = tryParseJson<Ticket>(answer.text);
      if (ticket === undefined) return false;
      if (!isSameReceipt(ticket, receipt)) this.#promises.reject(id, LOST);
      else if (
        count > 1 &&
        'problem' in ticket &&
        isBatchFailed(ticket.problem) &&
        ticket.problem.index !== undefined
      ) {
        const back = count - 1 - ticket.problem.index;
        const failed = { client, n: n - back, seq: receipt.seq - back };
        return this.#pollOne({ ...push, receipt: failed, count: 1 }, controller);
      } else this.#promises.applyTicket(id, ticket);
      return true;
    }
    const problem = parseProblem(answer);
    if (isTransient(problem)) return false;
    this.#promises.reject(id, problem);
    return true;
  }
}
