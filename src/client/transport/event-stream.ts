import type { Json } from '../../protocol/json.ts';
import { HEARTBEAT_MS } from '../../protocol/limits.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import { etagOf, parseEtag, type Version } from '../../protocol/version.ts';
import type { Environment } from '../platform/environment.ts';
import { type Http, positionIn, problemIn } from '../platform/http-client.ts';
import { Alarm } from '../platform/timer.ts';
import { EventParser, type ServerEvent } from './event-parser.ts';
import { type Live, type LiveEvents, OPEN_TIMEOUT_MS } from './live-transport.ts';
import type { Watcher } from './transport-events.ts';

/** Two heartbeats may be late [V5]; then nobody is there. */
const SILENCE_MS = 2.5 * HEARTBEAT_MS;

export interface EventStreamOptions {
  readonly http: Http;
  readonly environment: Environment;
  readonly watcher: Watcher;
  readonly events: LiveEvents;
}

/** How a stream ended: as it is meant to, after its time, or not. */
type Ending = { readonly kind: 'again' } | { readonly kind: 'failed'; readonly problem: ProblemBody | undefined };

/** Server-sent events over `fetch`: `EventSource` can send no token. */
export class EventStream implements Live {
  readonly transport = 'sse';
  readonly #options: EventStreamOptions;
  readonly #alarm: Alarm;
  #controller: AbortController | undefined;
  #at: Version | undefined;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.environment);
  }

  open(): void {
    const controller = new AbortController();
    this.#controller = controller;
    this.#alarm.set(OPEN_TIMEOUT_MS, () => controller.abort());
    void this.#follow(controller)
      .catch((): Ending => ({ kind: 'failed', problem: undefined }))
      .then((ending) => {
        if (this.#controller !== controller) return;
        if (ending.kind === 'again') this.open();
        else this.#options.events.failed(ending.problem);
      });
  }

  shut(): void {
    this.#alarm.clear();
    this.#controller?.abort();
    this.#controller = undefined;
  }

  async #follow(controller: AbortController): Promise<Ending> {
    const { http, watcher, events } = this.#options;
    this.#at = watcher.confirmed();
    const resume = this.#at === undefined ? {} : { 'Last-Event-ID': etagOf(this.#at) };
    const response = await http.open({
      path: '/state',
      headers: { Accept: 'text/event-stream', ...resume },
      controller,
    });
    const isStream = response.headers.get('Content-Type')?.startsWith('text/event-stream') === true;
    if (response.status !== 200 || !isStream || response.body === null) {
      return { kind: 'failed', problem: problemIn(response.status, await response.text()) };
    }
    watcher.stands(positionIn(response.headers));
    events.opened();
    return this.#read(response.body.getReader(), controller);
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>, controller: AbortController): Promise<Ending> {
    const parser = new EventParser();
    const decoder = new TextDecoder();
    for (;;) {
      this.#alarm.set(SILENCE_MS, () => controller.abort());
      const { done, value } = await reader.read();
      if (this.#controller !== controller || done) return { kind: 'failed', problem: undefined };
      this.#options.watcher.answered();
      for (const event of parser.feed(decoder.decode(value, { stream: true }))) {
        const ending = this.#take(event);
        if (ending === undefined) continue;
        controller.abort();
        return ending;
      }
    }
  }

  /** Undefined while it goes on. */
  #take({ type, data, id }: ServerEvent): Ending | undefined {
    const reached = parseEtag(id);
    if (type === 'end') return endingIn(data);
    if (reached === undefined || (type !== 'state' && type !== 'patch')) return undefined;
    const { watcher } = this.#options;
    const body = JSON.parse(data) as Json;
    const from = this.#at;
    this.#at = reached;
    if (type === 'state') return fits(watcher.see({ kind: 'state', ...reached, state: body }));
    const patch = body as unknown as readonly PatchOperation[];
    if (from === undefined || from.epoch !== reached.epoch) return LOST;
    return fits(watcher.see({ kind: 'patch', epoch: reached.epoch, from: from.version, to: reached.version, patch }));
  }
}

const LOST: Ending = { kind: 'failed', problem: undefined };

const fits = (seen: string): Ending | undefined => (seen === 'broken' ? LOST : undefined);

/** A stream that has lived its time goes on with a fresh token [V6]. */
const endingIn = (data: string): Ending => {
  const { reason } = JSON.parse(data) as { reason?: string };
  return reason === 'deleted' ? LOST : { kind: 'again' };
};
