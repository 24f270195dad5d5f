import type { ServerFrame } from '../../protocol/frames.ts';
import type { Receipt, Ticket } from '../../protocol/receipt.ts';
import type { Environment } from '../platform/environment.ts';
import { Alarm } from '../platform/timer.ts';
import type { Flight } from '../push/push-request.ts';
import { type Answered, mayPass } from '../push/push-result.ts';

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
  /** Given up without an answer. One that comes late must not be taken for that to a later push of the same n. */
  #abandoned: Flight | undefined;

  constructor(environment: Environment) {
    this.#alarm = new Alarm(environment);
  }

  /** Whether the next answer can only be that to the next push. */
  get isFree(): boolean {
    return this.#abandoned === undefined;
  }

  begin(flight: Flight, { signal }: AbortController): Promise<Answered> {
    this.#alarm.set(PUSH_TIMEOUT_MS, () => this.#abandon());
    signal.addEventListener('abort', () => this.#waiting?.flight === flight && this.#abandon(), { once: true });
    return new Promise((resolve) => {
      this.#waiting = { flight, receipts: new Map(), resolve };
    });
  }

  taken(epoch: string, receipts: readonly (Receipt | Ticket)[]): void {
    this.#forget(receipts);
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const { flight } = waiting;
    for (const receipt of receipts) if (isOf(flight, receipt)) waiting.receipts.set(receipt.n, receipt);
    if (waiting.receipts.size < flight.entries.length) return;
    this.#finish({ kind: 'taken', epoch, receipts: [...waiting.receipts.values()] });
  }

  refused(frame: ServerFrame & { readonly type: 'refused' }): void {
    this.#forget([frame]);
    if (this.#waiting === undefined || !isOf(this.#waiting.flight, frame)) return;
    const { problem } = frame;
    const retryAfterMs = (problem.retryAfter ?? 0) * 1_000;
    this.#finish(mayPass(problem) ? { kind: 'unknown', problem, retryAfterMs } : { kind: 'refused', problem });
  }

  /** The socket is gone: nobody knows what became of the push, and no answer will come. */
  end(): void {
    this.#abandoned = undefined;
    this.#finish({ kind: 'unknown', retryAfterMs: 0 });
  }

  #abandon(): void {
    this.#abandoned = this.#waiting?.flight;
    this.#finish({ kind: 'unknown', retryAfterMs: 0 });
  }

  /** The late answer has come. */
  #forget(named: readonly { readonly client: string; readonly n: number }[]): void {
    const abandoned = this.#abandoned;
    if (abandoned !== undefined && named.some((each) => isOf(abandoned, each))) this.#abandoned = undefined;
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
