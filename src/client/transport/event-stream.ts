import type { Json } from '../../protocol/json.ts';
import { HEARTBEAT_MS } from '../../protocol/limits.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import type { Waiting } from '../../protocol/position.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import { etagOf, parseEtag, type Version } from '../../protocol/version.ts';
import type { Environment } from '../platform/environment.ts';
import { type HttpClient, parseProblem } from '../platform/http-client.ts';
import { NOTHING } from '../platform/nothing.ts';
import { parsePosition } from '../platform/parse-position.ts';
import { namedProblem } from '../platform/problem-error.ts';
import { Timer } from '../platform/timer.ts';
import { EventParser, type ServerEvent } from './event-parser.ts';
import { type LiveEvents, type LiveTransport, OPEN_TIMEOUT_MS } from './live-transport.ts';
import type { TransportListener } from './transport-events.ts';

/** A comment comes every `HEARTBEAT_MS` [V5]: after this silence, in ms, the stream is dead. */
const SILENCE_MS = 2.5 * HEARTBEAT_MS;
/** The first event or comment comes within so many ms. Later, a proxy holds the stream back, and polls take its place. */
const FIRST_BYTES_MS = HEARTBEAT_MS + 5_000;
/** When somebody looks: a stream that was silent for so long, and goes on so for so long, is opened anew. */
const CHECK_AFTER_MS = 2_000;
const CHECK_WITHIN_MS = 1_000;
/** A stream that ends sooner is not opened again at once. */
const LIFE_MS_MIN = 1_000;

export interface EventStreamOptions {
  readonly http: HttpClient;
  readonly environment: Environment;
  readonly listener: TransportListener;
  readonly events: LiveEvents;
}

/** The end of a stream: the server ended it after its time [V6], or it failed. */
type StreamEnd = { readonly kind: 'expired' } | { readonly kind: 'failed'; readonly problem: ProblemBody | undefined };

/** Server-sent events [V], read with `fetch`: an `EventSource` cannot send a token. */
export class EventStream implements LiveTransport {
  readonly name = 'sse';
  readonly #options: EventStreamOptions;
  readonly #timer: Timer;
  #controller: AbortController | undefined;
  #openedAt = 0;
  #heardAt = 0;
  #isChecking: boolean = false;
  /** The version that the next patch starts from. */
  #version: Version | undefined;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#timer = new Timer(options.environment);
  }

  open(): void {
    const controller = new AbortController();
    this.#controller = controller;
    const { now } = this.#options.environment;
    this.#openedAt = now();
    // Until it has headers, only its own time limit ends it.
    this.#heardAt = Number.POSITIVE_INFINITY;
    this.#isChecking = false;
    this.#timer.set(OPEN_TIMEOUT_MS, () => controller.abort());
    void this.#follow(controller)
      .catch((error: unknown): StreamEnd => ({ kind: 'failed', problem: this.#options.http.failureBy(error) }))
      .then((end) => {
        if (this.#controller !== controller) return;
        const isOld = now() - this.#openedAt >= LIFE_MS_MIN;
        if (end.kind === 'expired' && isOld) this.open();
        else this.#options.events.onFailure('problem' in end ? end.problem : undefined);
      });
  }

  /** A stream cannot be asked whether it lives: it is opened anew from its version, which costs one request. */
  check(): void {
    if (this.#isChecking || this.#options.environment.now() - this.#heardAt < CHECK_AFTER_MS) return;
    this.#isChecking = true;
    this.#timer.set(CHECK_WITHIN_MS, () => {
      this.close();
      this.open();
    });
  }

  close(): void {
    this.#timer.clear();
    this.#controller?.abort();
    this.#controller = undefined;
  }

  async #follow(controller: AbortController): Promise<StreamEnd> {
    const { http, listener, events } = this.#options;
    this.#version = listener.confirmed();
    const resume = this.#version === undefined ? {} : { 'Last-Event-ID': etagOf(this.#version) };
    const response = await http.open({
      path: `/state${http.query}`,
      headers: { Accept: 'text/event-stream', ...resume },
      controller,
    });
    const isStream = response.headers.get('Content-Type')?.startsWith('text/event-stream') === true;
    if (response.status !== 200 || !isStream || response.body === null) {
      return { kind: 'failed', problem: parseProblem({ status: response.status, text: await response.text() }) };
    }
    const position = parsePosition(response.headers);
    listener.onPosition(position);
    events.onQueue({ ...position });
    // An event comes only with the next change.
    if (position?.version === this.#version?.version) listener.onUnchanged(position);
    this.#heardAt = this.#options.environment.now();
    this.#timer.set(FIRST_BYTES_MS, () => controller.abort());
    return this.#read(response.body.getReader(), controller);
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>, controller: AbortController): Promise<StreamEnd> {
    const parser = new EventParser();
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (this.#controller !== controller || done) return FAILED;
      this.#heardAt = this.#options.environment.now();
      this.#isChecking = false;
      this.#timer.set(SILENCE_MS, () => controller.abort());
      this.#options.listener.onReachable();
      for (const event of parser.feed(decoder.decode(value, { stream: true }))) {
        const end = this.#handleEvent(event);
        if (end === undefined) continue;
        controller.abort();
        return end;
      }
      // Now: a stream that only says that it ends has not followed anything.
      this.#options.events.onOpen();
    }
  }

  /** @returns undefined while the stream goes on */
  #handleEvent({ type, data, id }: ServerEvent): StreamEnd | undefined {
    const to = parseEtag(id);
    if (type === 'end') return parseEnd(data);
    if (type === 'queue') this.#options.events.onQueue(JSON.parse(data) as Waiting);
    if (to === undefined || (type !== 'state' && type !== 'patch' && type !== 'gone')) return undefined;
    const { listener } = this.#options;
    const body = type === 'gone' ? NOTHING : (JSON.parse(data) as Json);
    const from = this.#version;
    this.#version = to;
    if (type !== 'patch') return endAtGap(listener.onUpdate({ kind: 'state', ...to, state: body }));
    const patch = body as unknown as readonly PatchOperation[];
    if (from === undefined || from.epoch !== to.epoch) return FAILED;
    return endAtGap(listener.onUpdate({ kind: 'patch', epoch: to.epoch, from: from.version, to: to.version, patch }));
  }
}

const FAILED: StreamEnd = { kind: 'failed', problem: undefined };
const DELETED: StreamEnd = { kind: 'failed', problem: namedProblem('unknown-application', 404, 'It was deleted.') };

const endAtGap = (update: string): StreamEnd | undefined => (update === 'gap' ? FAILED : undefined);

/** A stream that has ended for its age or its token is opened again, with a fresh token [V6]. */
const parseEnd = (data: string): StreamEnd => {
  const { reason } = JSON.parse(data) as { reason?: string };
  return reason === 'deleted' ? DELETED : { kind: 'expired' };
};
