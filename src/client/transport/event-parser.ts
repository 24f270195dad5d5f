/** One server-sent event (WHATWG HTML, 9.2). */
export interface ServerEvent {
  readonly type: string;
  readonly data: string;
  /** The last id, of this event or of one before it. */
  readonly id: string;
}

/** Parses events from text that comes in pieces, which may end anywhere. */
export class EventParser {
  #rest = '';
  #id = '';
  #type = '';
  #data: string[] = [];

  /** @returns the events that this piece completes */
  feed(piece: string): ServerEvent[] {
    const text = this.#rest + piece;
    // A carriage return at the end may be the first half of a line break.
    const isHalfBreak = text.endsWith('\r');
    const lines = (isHalfBreak ? text.slice(0, -1) : text).split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? '') + (isHalfBreak ? '\r' : '');
    return lines.map((line) => this.#parseLine(line)).filter((event) => event !== undefined);
  }

  #parseLine(line: string): ServerEvent | undefined {
    if (line === '') return this.#complete();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#type = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    return undefined;
  }

  #complete(): ServerEvent | undefined {
    const event = { type: this.#type, data: this.#data.join('\n'), id: this.#id };
    const isEmpty = this.#data.length === 0;
    this.#type = '';
    this.#data = [];
    return isEmpty ? undefined : event;
  }
}
