/** One server-sent event (WHATWG HTML, 9.2). */
export interface ServerEvent {
  readonly type: string;
  readonly data: string;
  /** The last id, of this event or of one before it. */
  readonly id: string;
}

/**
 * Parses events from text that comes in pieces, which may end anywhere. The time is linear in the length of the text:
 * each piece is searched once, and a line is put together once, when it is complete. A state is one line of up to 16 MB
 * in thousands of pieces.
 */
export class EventParser {
  /** The pieces of the line that is not complete yet. */
  #line: string[] = [];
  /** True when the last piece ended with a carriage return: a line feed right after it belongs to the same break. */
  #isHalfBreak: boolean = false;
  #id = '';
  #type = '';
  #data: string[] = [];

  /** @returns the events that this piece completes */
  feed(piece: string): ServerEvent[] {
    if (piece === '') return [];
    const lines = piece.slice(this.#isHalfBreak && piece.startsWith('\n') ? 1 : 0).split(/\r\n|\n|\r/);
    this.#isHalfBreak = piece.endsWith('\r');
    const rest = lines.pop() ?? '';
    const events = lines.map((line) => this.#completeLine(line)).filter((event) => event !== undefined);
    if (rest !== '') this.#line.push(rest);
    return events;
  }

  #completeLine(end: string): ServerEvent | undefined {
    this.#line.push(end);
    const line = this.#line.join('');
    this.#line = [];
    return this.#parseLine(line);
  }

  #parseLine(line: string): ServerEvent | undefined {
    if (line === '') return this.#completeEvent();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#type = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    return undefined;
  }

  #completeEvent(): ServerEvent | undefined {
    const event = { type: this.#type, data: this.#data.join('\n'), id: this.#id };
    const isEmpty = this.#data.length === 0;
    this.#type = '';
    this.#data = [];
    return isEmpty ? undefined : event;
  }
}
