import type { ServerFrame } from '../../protocol/frames.ts';
import type { Receipt, Ticket } from '../../protocol/receipt.ts';
import type { Environment } from '../platform/environment.ts';
import { Timer } from '../platform/timer.ts';
import type { PushRequest } from '../push/push-request.ts';
import { isTransient, type PushResponse } from '../push/push-result.ts';

/** An answer that takes longer has been lost: the push is sent again. */
const PUSH_TIMEOUT_MS = 15_000;

interface AwaitedPush {
  readonly request: PushRequest;
  readonly receipts: Map<number, Receipt | Ticket>;
  readonly resolve: (response: PushResponse) => void;
}

/** The one push that a socket waits for an answer to. Answers name client and n, and may come in several frames. */
export class SocketPush {
  readonly #timer: Timer;
  #awaited: AwaitedPush | undefined;
  /** Given up without an answer. One that comes late must not be taken for that to a later push of the same n. */
  #abandoned: PushRequest | undefined;

  constructor(environment: Environment) {
    this.#timer = new Timer(environment);
  }

  /** Whether the next answer can only be that to the next push. */
  get isFree(): boolean {
    return this.#abandoned === undefined;
  }

  begin(request: PushRequest, { signal }: AbortController): Promise<PushResponse> {
    this.#timer.set(PUSH_TIMEOUT_MS, () => this.#abandon());
    signal.addEventListener('abort', () => this.#awaited?.request === request && this.#abandon(), { once: true });
    return new Promise((resolve) => {
      this.#awaited = { request, receipts: new Map(), resolve };
    });
  }

  acknowledged(epoch: string, receipts: readonly (Receipt | Ticket)[]): void {
    this.#forget(receipts);
    const awaited = this.#awaited;
    if (awaited === undefined) return;
    const { request } = awaited;
    for (const receipt of receipts) if (isOf(request, receipt)) awaited.receipts.set(receipt.n, receipt);
    if (awaited.receipts.size < request.entries.length) return;
    this.#finish({ kind: 'taken', epoch, receipts: [...awaited.receipts.values()] });
  }

  refused(frame: ServerFrame & { readonly type: 'refused' }): void {
    this.#forget([frame]);
    if (this.#awaited === undefined || !isOf(this.#awaited.request, frame)) return;
    const { problem } = frame;
    const retryAfterMs = (problem.retryAfter ?? 0) * 1_000;
    this.#finish(isTransient(problem) ? { kind: 'unknown', problem, retryAfterMs } : { kind: 'refused', problem });
  }

  /** The socket is gone: nobody knows what became of the push, and no answer will come. */
  fail(): void {
    this.#abandoned = undefined;
    this.#finish({ kind: 'unknown', retryAfterMs: 0 });
  }

  #abandon(): void {
    this.#abandoned = this.#awaited?.request;
    this.#finish({ kind: 'unknown', retryAfterMs: 0 });
  }

  /** The late answer has come. */
  #forget(named: readonly { readonly client: string; readonly n: number }[]): void {
    const abandoned = this.#abandoned;
    if (abandoned !== undefined && named.some((each) => isOf(abandoned, each))) this.#abandoned = undefined;
  }

  #finish(response: PushResponse): void {
    const awaited = this.#awaited;
    this.#awaited = undefined;
    this.#timer.clear();
    awaited?.resolve(response);
  }
}

const isOf = ({ client, n, entries }: PushRequest, named: { readonly client: string; readonly n: number }): boolean =>
  named.client === client && named.n >= n && named.n < n + entries.length;
