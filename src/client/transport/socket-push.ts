import type { ServerFrame } from '../../protocol/frames.ts';
import type { Receipt, Ticket } from '../../protocol/receipt.ts';
import type { Environment } from '../platform/environment.ts';
import { Timer } from '../platform/timer.ts';
import type { PushRequest } from '../push/push-request.ts';
import type { PushResponse } from '../push/push-response.ts';
import { isTransient } from '../push/push-result.ts';

/** An answer that takes longer counts as lost: the push is sent again. */
const PUSH_TIMEOUT_MS = 15_000;
/** Receipts are complete without the cost after so long: an answer without it is no loss. */
const COST_TIMEOUT_MS = 1_000;

interface AwaitedPush {
  readonly request: PushRequest;
  readonly receipts: Map<number, Receipt | Ticket>;
  /** That of the receipts, once all of them are there. */
  epoch?: string;
  cost: (ServerFrame & { readonly type: 'cost' }) | undefined;
  readonly resolve: (response: PushResponse) => void;
}

/** The one push on a socket that is not answered yet. Answers name client and n, and may come in several frames. */
export class SocketPush {
  readonly #timer: Timer;
  #awaited: AwaitedPush | undefined;
  /**
   * A push that timed out, or that an error may be of. Its late answer must not be mistaken for the answer to a later
   * push of the same n.
   */
  #abandoned: PushRequest | undefined;

  constructor(environment: Environment) {
    this.#timer = new Timer(environment);
  }

  /** False while a late answer may still come. */
  get isFree(): boolean {
    return this.#abandoned === undefined;
  }

  begin(request: PushRequest, { signal }: AbortController): Promise<PushResponse> {
    this.#timer.set(PUSH_TIMEOUT_MS, () => this.abandon());
    signal.addEventListener('abort', () => this.#awaited?.request === request && this.abandon(), { once: true });
    return new Promise((resolve) => {
      this.#awaited = { request, receipts: new Map(), cost: undefined, resolve };
    });
  }

  onReceipts(epoch: string, receipts: readonly (Receipt | Ticket)[]): void {
    this.#clearAbandoned(receipts);
    const awaited = this.#awaited;
    if (awaited === undefined) return;
    const { request } = awaited;
    for (const receipt of receipts) if (isPartOf(request, receipt)) awaited.receipts.set(receipt.n, receipt);
    if (awaited.receipts.size < request.count) return;
    awaited.epoch = epoch;
    // It is told in the same turn, before or after.
    if (request.cost && awaited.cost === undefined) this.#timer.set(COST_TIMEOUT_MS, () => this.#accept(awaited));
    else this.#accept(awaited);
  }

  onCost(frame: ServerFrame & { readonly type: 'cost' }): void {
    const awaited = this.#awaited;
    if (awaited === undefined || !isPartOf(awaited.request, frame)) return;
    awaited.cost = frame;
    if (awaited.epoch !== undefined) this.#accept(awaited);
  }

  #accept({ epoch = '', receipts, cost }: AwaitedPush): void {
    this.#finish({ kind: 'accepted', epoch, receipts: [...receipts.values()], cost });
  }

  onRefused(frame: ServerFrame & { readonly type: 'refused' }): void {
    this.#clearAbandoned([frame]);
    if (this.#awaited === undefined || !isPartOf(this.#awaited.request, frame)) return;
    const { problem } = frame;
    const retryAfterMs = (problem.retryAfter ?? 0) * 1_000;
    this.#finish(isTransient(problem) ? { kind: 'unknown', problem, retryAfterMs } : { kind: 'refused', problem });
  }

  /** To be called when the socket is closed: no answer will come, and the push is possibly accepted. */
  fail(): void {
    this.#abandoned = undefined;
    this.#finish({ kind: 'unknown', retryAfterMs: 0 });
  }

  /**
   * To be called when perhaps no answer comes, as with an `error`, which names no push [W4]: what waits is sent again
   * over HTTP, where each push has its own answer.
   */
  abandon(): void {
    this.#abandoned ??= this.#awaited?.request;
    this.#finish({ kind: 'unknown', retryAfterMs: 0 });
  }

  #clearAbandoned(answered: readonly ChangeName[]): void {
    const abandoned = this.#abandoned;
    if (abandoned !== undefined && answered.some((each) => isPartOf(abandoned, each))) this.#abandoned = undefined;
  }

  #finish(response: PushResponse): void {
    const awaited = this.#awaited;
    this.#awaited = undefined;
    this.#timer.clear();
    awaited?.resolve(response);
  }
}

interface ChangeName {
  readonly client: string;
  readonly n: number;
}

const isPartOf = ({ client, n, count }: PushRequest, change: ChangeName): boolean =>
  change.client === client && change.n >= n && change.n < n + count;
