import { EventParser, type ServerEvent } from '../../client/transport/event-parser.ts';
import type { ProbedApplication } from './probed-application.ts';
import { Violation } from './violation.ts';

const EVENT_MS = 8_000;

/** A stream of server-sent events, as a check reads it. */
export class EventReader {
  readonly response: Response;
  readonly #abort: AbortController;
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #parser: EventParser = new EventParser();
  #ready: ServerEvent[] = [];
  /** Everything that came, comments included. */
  text = '';

  static async open(
    app: ProbedApplication,
    headers: Readonly<Record<string, string>> = {},
    query = '',
  ): Promise<EventReader> {
    const abort = new AbortController();
    const ask = { headers: { Accept: 'text/event-stream', ...headers } };
    return new EventReader(await app.probe.open(`${app.path}/state${query}`, ask, abort.signal), abort);
  }

  private constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    const body = response.body ?? new Blob([]).stream();
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next event. @throws Violation when none comes in time, or the stream ends */
  async next(): Promise<ServerEvent & { readonly json: unknown }> {
    for (;;) {
      const event = this.#ready.shift();
      if (event !== undefined) return { ...event, json: JSON.parse(event.data) as unknown };
      if (!(await this.piece())) throw new Violation('The stream ended, or no event came within 8 s.');
    }
  }

  /** Reads the next piece of text. @returns false at the end, and when nothing comes in time */
  async piece(): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, EVENT_MS, undefined);
    });
    const step = await Promise.race([this.#reader.read().catch(() => undefined), late]);
    clearTimeout(timer);
    if (step === undefined || step.done) return false;
    this.text += step.value;
    this.#ready.push(...this.#parser.feed(step.value));
    return true;
  }

  close(): void {
    this.#abort.abort();
  }
}
