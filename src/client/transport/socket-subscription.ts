import type { ClientFrame, ServerFrame } from '../../protocol/frames.ts';
import type { Version } from '../../protocol/version.ts';
import type { HttpClient } from '../platform/http-client.ts';
import { NOTHING } from '../platform/nothing.ts';
import { parsePollResponse, pollHeaders, takeResult } from './state-response.ts';
import type { TransportListener } from './transport-events.ts';

const RESYNC_TIMEOUT_MS = 30_000;

/** The frames by which the state is followed. */
export type StateFrame = ServerFrame & { readonly type: 'current' | 'state' | 'patch' | 'gone' | 'resync' };

export interface SubscriptionOptions {
  readonly http: HttpClient;
  readonly listener: TransportListener;
  readonly send: (frame: ClientFrame) => void;
  /** Called with every step: the socket follows the state. */
  readonly onFollowing: () => void;
  readonly onFailure: () => void;
}

/** The subscription of a socket: the version that the server's next patch starts from. */
export class SocketSubscription {
  readonly #options: SubscriptionOptions;
  #version: Version | undefined;
  #resyncing: AbortController | undefined;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
  }

  /** Undefined until the server has answered with a version, or one was known when subscribing. */
  get version(): Version | undefined {
    return this.#version;
  }

  get #begin(): ClientFrame {
    const { part } = this.#options.http;
    return { type: 'subscribe', ...(part && { path: part }) };
  }

  /** Asks for every version from the confirmed one on. */
  subscribe(): void {
    const { listener, send } = this.#options;
    const confirmed = listener.confirmed();
    this.#version = confirmed && { epoch: confirmed.epoch, version: confirmed.version };
    send({ ...this.#begin, ...(this.#version && { known: this.#version }) });
  }

  stop(): void {
    this.#version = undefined;
    this.#resyncing?.abort();
    this.#resyncing = undefined;
  }

  handle(frame: StateFrame): void {
    switch (frame.type) {
      case 'current':
        this.#options.listener.onUnchanged(frame);
        this.#advanceTo(frame, 'stale');
        return;
      case 'gone':
      case 'state':
        this.#advanceTo(frame, this.#options.listener.onUpdate({ state: NOTHING, ...frame, kind: 'state' }));
        return;
      case 'patch':
        this.#applyPatch(frame);
        return;
      case 'resync':
        void this.#resync();
        return;
      default:
        frame satisfies never;
    }
  }

  #applyPatch({ to, from = to - 1, patch }: ServerFrame & { readonly type: 'patch' }): void {
    const known = this.#version;
    if (known?.version !== from) {
      // The patch starts from another version: subscribing again tells the server the version to start from [W6].
      this.subscribe();
      return;
    }
    const { epoch } = known;
    this.#advanceTo({ epoch, version: to }, this.#options.listener.onUpdate({ kind: 'patch', epoch, from, to, patch }));
  }

  #advanceTo({ epoch, version }: Version, update: string): void {
    if (update === 'gap') {
      this.#version = undefined;
      this.#options.send(this.#begin);
      return;
    }
    this.#version = { epoch, version };
    this.#options.onFollowing();
  }

  /** The state is too big for the socket: it is read over HTTP, and followed from there [W11]. */
  async #resync(): Promise<void> {
    const { http, listener, onFailure } = this.#options;
    const controller = new AbortController();
    this.#resyncing = controller;
    const known = listener.confirmed();
    const headers = pollHeaders(known);
    const answer = await http.call({ path: `/state${http.query}`, headers, controller, timeoutMs: RESYNC_TIMEOUT_MS });
    if (this.#resyncing !== controller) return;
    const result = parsePollResponse(answer, known, http.part);
    if (result.kind === 'failed' || takeResult(listener, result) === 'gap') onFailure();
    else this.subscribe();
  }
}
