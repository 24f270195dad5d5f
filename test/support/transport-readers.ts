import type { ServerFrame } from '../../src/protocol/frames.ts';
import { etagOf, parseEtag, type Version } from '../../src/protocol/version.ts';
import type { Copy } from './transport-copy.ts';
import { Inbox, isPassing, type Place } from './transport-place.ts';

// Bare readers of one application, one for each transport. They know nothing of where they run: the same readers
// follow an object in the Workers pool and a workerd of its own.

/** What one read brought; `ended`: the connection is gone, the next read opens another. */
export type Told = 'state' | 'patch' | 'nothing' | 'ended';

/** A reader of one transport. It folds what it is told into a copy that outlives it. */
export interface Reader {
  next(): Promise<Told>;
  /** Ends the connection in the middle of whatever goes on. */
  cut(): void;
}

export const TRANSPORTS = ['poll', 'long-poll', 'events', 'socket'] as const;
export type Transport = (typeof TRANSPORTS)[number];

export const readBy = (transport: Transport, place: Place, copy: Copy): Reader => {
  switch (transport) {
    case 'poll':
      return new Polling(place, copy, {});
    case 'long-poll':
      return new Polling(place, copy, { Prefer: 'wait=25' });
    case 'events':
      return new EventReader(place, copy);
    case 'socket':
      return new SocketReader(place, copy);
    default:
      return transport satisfies never;
  }
};

const NOWHERE: Version = { epoch: '', version: 0 };

/** An etag that is none of ours becomes a version that nobody has, which the copy takes for a fault. */
const versionOf = (tag: string | null | undefined): Version => parseEtag(tag ?? '') ?? NOWHERE;

class Polling implements Reader {
  readonly #place: Place;
  readonly #copy: Copy;
  readonly #headers: Readonly<Record<string, string>>;
  #abort = new AbortController();

  constructor(place: Place, copy: Copy, headers: Readonly<Record<string, string>>) {
    this.#place = place;
    this.#copy = copy;
    this.#headers = headers;
  }

  async next(): Promise<Told> {
    const { etag } = this.#copy;
    const known = etag === undefined ? {} : { 'If-None-Match': etag };
    try {
      const headers = { 'A-IM': 'json-patch', ...known, ...this.#headers };
      const answer = await this.#place.state(headers, this.#abort.signal);
      return this.#take(answer, await answer.text());
    } catch {
      return 'ended';
    }
  }

  cut(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  #take({ status, headers }: Response, text: string): Told {
    const version = versionOf(headers.get('ETag'));
    if (status === 304) return 'nothing';
    if (status === 200) {
      this.#copy.takeState(version, JSON.parse(text));
      return 'state';
    }
    if (status === 226) {
      this.#copy.takePatch(versionOf(headers.get('Delta-Base')), version, JSON.parse(text));
      return 'patch';
    }
    if (!isPassing(status)) this.#copy.faults.push(`a poll was answered ${status} ${text}`);
    return 'ended';
  }
}

/** The fields of one block of an event stream. */
const fieldsOf = (block: string): Record<string, string> =>
  Object.fromEntries(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );

class EventReader implements Reader {
  readonly #place: Place;
  readonly #copy: Copy;
  #abort = new AbortController();
  #body: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #decoder = new TextDecoder();
  #text = '';

  constructor(place: Place, copy: Copy) {
    this.#place = place;
    this.#copy = copy;
  }

  async next(): Promise<Told> {
    const told = await this.#next().catch(() => 'ended' as const);
    if (told === 'ended') this.cut();
    return told;
  }

  cut(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#body?.cancel().catch(() => undefined);
    this.#body = undefined;
    this.#decoder = new TextDecoder();
    this.#text = '';
  }

  async #next(): Promise<Told> {
    this.#body ??= await this.#open();
    const body = this.#body;
    if (body === undefined) return 'ended';
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        if (!block.startsWith(':')) return this.#take(fieldsOf(block));
        continue;
      }
      const { done, value } = await body.read();
      // What was on its way when the connection was cut belongs to nobody.
      if (done || body !== this.#body) return 'ended';
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  async #open(): Promise<ReadableStreamDefaultReader<Uint8Array> | undefined> {
    const { signal } = this.#abort;
    const { etag } = this.#copy;
    const known = etag === undefined ? {} : { 'Last-Event-ID': etag };
    const answer = await this.#place.state({ Accept: 'text/event-stream', ...known }, signal);
    if (answer.status !== 200) {
      if (!isPassing(answer.status)) this.#copy.faults.push(`a request for events was answered ${answer.status}`);
      await answer.body?.cancel();
      return undefined;
    }
    if (!signal.aborted) return (answer.body as ReadableStream<Uint8Array>).getReader();
    await answer.body?.cancel();
    return undefined;
  }

  #take({ event, id, data = 'null' }: Record<string, string>): Told {
    if (event === 'state') this.#copy.takeState(versionOf(id), JSON.parse(data));
    else if (event === 'patch') this.#copy.takePatch(this.#copy.version ?? NOWHERE, versionOf(id), JSON.parse(data));
    // It tells nothing of the state [V10].
    else if (event === 'queue') return 'nothing';
    else if (event !== 'end') this.#copy.faults.push(`the event ${event} was sent`);
    return event === 'state' || event === 'patch' ? event : 'ended';
  }
}

class SocketReader implements Reader {
  readonly #place: Place;
  readonly #copy: Copy;
  #inbox: Inbox | undefined;
  #cuts = 0;

  constructor(place: Place, copy: Copy) {
    this.#place = place;
    this.#copy = copy;
  }

  async next(): Promise<Told> {
    const told = await this.#next().catch(() => 'ended' as const);
    if (told === 'ended') this.cut();
    return told;
  }

  cut(): void {
    this.#cuts += 1;
    this.#inbox?.close();
    this.#inbox = undefined;
  }

  async #next(): Promise<Told> {
    const inbox = this.#inbox ?? (await this.#open());
    if (inbox === undefined) return 'ended';
    this.#inbox = inbox;
    for (;;) {
      const frame = await inbox.next();
      if (frame === undefined) return 'ended';
      const told = this.#take(frame);
      if (told !== undefined) return told;
    }
  }

  /** Undefined when it was cut before it was open. */
  async #open(): Promise<Inbox | undefined> {
    const { version } = this.#copy;
    const cuts = this.#cuts;
    const inbox = new Inbox(await this.#place.socket());
    if (cuts !== this.#cuts) {
      inbox.close();
      return undefined;
    }
    inbox.send({ type: 'subscribe', ...(version === undefined ? {} : { known: version }) });
    return inbox;
  }

  /** Undefined for a frame that tells nothing of the state. */
  #take(frame: ServerFrame): Told | undefined {
    const { epoch } = this.#copy.version ?? NOWHERE;
    switch (frame.type) {
      case 'state':
        this.#copy.takeState({ epoch: frame.epoch, version: frame.version }, frame.state);
        return 'state';
      case 'patch':
        // A patch names no epoch: it belongs to the one that was told last.
        this.#copy.takePatch({ epoch, version: frame.from ?? frame.to - 1 }, { epoch, version: frame.to }, frame.patch);
        return 'patch';
      case 'current':
        if (etagOf(frame) !== this.#copy.etag) this.#copy.faults.push(`${this.#copy.etag} was called current`);
        return 'nothing';
      case 'definition':
      case 'authorized':
      case 'paused':
      case 'queue':
        return undefined;
      case 'resync':
        return 'ended';
      default:
        this.#copy.faults.push(`the frame ${JSON.stringify(frame).slice(0, 300)} was sent`);
        return 'ended';
    }
  }
}
