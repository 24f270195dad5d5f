import type { Json } from '../../protocol/json.ts';
import { HEARTBEAT_MS } from '../../protocol/limits.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import { etagOf, parseEtag, type Version } from '../../protocol/version.ts';
import type { Environment } from '../platform/environment.ts';
import { type HttpClient, parsePosition, parseProblem } from '../platform/http-client.ts';
import { Timer } from '../platform/timer.ts';
import { EventParser, type ServerEvent } from './event-parser.ts';
import { type LiveEvents, type LiveTransport, OPEN_TIMEOUT_MS } from './live-transport.ts';
import type { TransportListener } from './transport-events.ts';

/** Two heartbeats may be late [V5]; then nobody is there. */
const SILENCE_MS = 2.5 * HEARTBEAT_MS;

export interface EventStreamOptions {
  readonly http: HttpClient;
  readonly environment: Environment;
  readonly listener: TransportListener;
  readonly events: LiveEvents;
}

/** How a stream ended: as it is meant to, after its time, or not. */
type Ending = { readonly kind: 'again' } | { readonly kind: 'failed'; readonly problem: ProblemBody | undefined };

/** Server-sent events over `fetch`: `EventSource` can send no token. */
export class EventStream implements LiveTransport {
  readonly name = 'sse';
  readonly #options: EventStreamOptions;
  readonly #timer: Timer;
  #controller: AbortController | undefined;
  #version: Version | undefined;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#timer = new Timer(options.environment);
  }

  open(): void {
    const controller = new AbortController();
    this.#controller = controller;
    this.#timer.set(OPEN_TIMEOUT_MS, () => controller.abort());
    void this.#follow(controller)
      .catch((): Ending => ({ kind: 'failed', problem: undefined }))
      .then((ending) => {
        if (this.#controller !== controller) return;
        if (ending.kind === 'again') this.open();
        else this.#options.events.onFailure(ending.problem);
      });
  }

  close(): void {
    this.#timer.clear();
    this.#controller?.abort();
    this.#controller = undefined;
  }

  async #follow(controller: AbortController): Promise<Ending> {
    const { http, listener, events } = this.#options;
    this.#version = listener.confirmed();
    const resume = this.#version === undefined ? {} : { 'Last-Event-ID': etagOf(this.#version) };
    const response = await http.open({
      path: '/state',
      headers: { Accept: 'text/event-stream', ...resume },
      controller,
    });
    const isStream = response.headers.get('Content-Type')?.startsWith('text/event-stream') === true;
    if (response.status !== 200 || !isStream || response.body === null) {
      return { kind: 'failed', problem: parseProblem({ status: response.status, text: await response.text() }) };
    }
    listener.onPosition(parsePosition(response.headers));
    events.onOpen();
    return this.#read(response.body.getReader(), controller);
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>, controller: AbortController): Promise<Ending> {
    const parser = new EventParser();
    const decoder = new TextDecoder();
    for (;;) {
      this.#timer.set(SILENCE_MS, () => controller.abort());
      const { done, value } = await reader.read();
      if (this.#controller !== controller || done) return { kind: 'failed', problem: undefined };
      this.#options.listener.onReachable();
      for (const event of parser.feed(decoder.decode(value, { stream: true }))) {
        const ending = this.#handleEvent(event);
        if (ending === undefined) continue;
        controller.abort();
        return ending;
      }
    }
  }

  /** Undefined while it goes on. */
  #handleEvent({ type, data, id }: ServerEvent): Ending | undefined {
    const reached = parseEtag(id);
    if (type === 'end') return endingIn(data);
    if (reached === undefined || (type !== 'state' && type !== 'patch')) return undefined;
    const { listener } = this.#options;
    const body = JSON.parse(data) as Json;
    const from = this.#version;
    this.#version = reached;
    if (type === 'state') return fits(listener.onUpdate({ kind: 'state', ...reached, state: body }));
    const patch = body as unknown as readonly PatchOperation[];
    if (from === undefined || from.epoch !== reached.epoch) return DISCONNECTED;
    return fits(
      listener.onUpdate({ kind: 'patch', epoch: reached.epoch, from: from.version, to: reached.version, patch }),
    );
  }
}

const DISCONNECTED: Ending = { kind: 'failed', problem: undefined };

const fits = (seen: string): Ending | undefined => (seen === 'gap' ? DISCONNECTED : undefined);

/** A stream that has lived its time goes on with a fresh token [V6]. */
const endingIn = (data: string): Ending => {
  const { reason } = JSON.parse(data) as { reason?: string };
  return reason === 'deleted' ? DISCONNECTED : { kind: 'again' };
};
