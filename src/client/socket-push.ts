import type { ServerFrame } from '../protocol/frames.ts';
import type { Receipt, Ticket } from '../protocol/receipt.ts';
import { Alarm } from './alarm.ts';
import type { Environment } from './environment.ts';
import type { Flight } from './flight.ts';
import { type Answered, mayPass } from './verdict.ts';

/** An answer that takes longer has been lost: the push is sent again. */
const PUSH_TIMEOUT_MS = 15_000;

interface Waiting {
  readonly flight: Flight;
  readonly receipts: Map<number, Receipt | Ticket>;
  readonly resolve: (answered: Answered) => void;
}

/** The one push that a socket waits for an answer to. Answers name client and n, and may come in several frames. */
export class SocketPush {
  readonly #alarm: Alarm;
  #waiting: Waiting | undefined;

  constructor(environment: Environment) {
    this.#alarm = new Alarm(environment);
  }

  begin(flight: Flight, { signal }: AbortController): Promise<Answered> {
    this.end();
    this.#alarm.set(PUSH_TIMEOUT_MS, () => this.end());
    signal.addEventListener('abort', () => this.#waiting?.flight === flight && this.end(), { once: true });
    return new Promise((resolve) => {
      this.#waiting = { flight, receipts: new Map(), resolve };
    });
  }

  taken(epoch: string, receipts: readonly (Receipt | Ticket)[]): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const { flight } = waiting;
    for (const receipt of receipts) if (isOf(flight, receipt)) waiting.receipts.set(receipt.n, receipt);
    if (waiting.receipts.size < flight.entries.length) return;
    this.#finish({ kind: 'taken', epoch, receipts: [...waiting.receipts.values()] });
  }

  refused(frame: ServerFrame & { readonly type: 'refused' }): void {
    if (this.#waiting === undefined || !isOf(this.#waiting.flight, frame)) return;
    const { problem } = frame;
    const retryAfterMs = (problem.retryAfter ?? 0) * 1_000;
    this.#finish(mayPass(problem) ? { kind: 'unknown', problem, retryAfterMs } : { kind: 'refused', problem });
  }

  /** Nobody knows what became of it. */
  end(): void {
    this.#finish({ kind: 'unknown', retryAfterMs: 0 });
  }

  #finish(answered: Answered): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#alarm.clear();
    waiting?.resolve(answered);
  }
}

const isOf = ({ client, n, entries }: Flight, named: { readonly client: string; readonly n: number }): boolean =>
  named.client === client && named.n >= n && named.n < n + entries.length;
