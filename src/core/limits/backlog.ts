/** A message of a socket. */
export type Message = string | ArrayBuffer;

/** Each message takes at least this much, so that the number of empty ones is bounded, too. */
const MESSAGE_LENGTH_MIN = 64;

/** Messages that wait, unread and in order, while a token is being checked [W9]. Each is added and read in O(1). */
export class Backlog {
  readonly #limit: number;
  #messages: Message[] = [];
  #next = 0;
  #length = 0;

  /** @param limit characters that may wait, with at least 64 counted for each message */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @returns `full` when the message was not added */
  add(message: Message): 'added' | 'full' {
    const length = Math.max(MESSAGE_LENGTH_MIN, lengthOf(message));
    if (this.#length + length > this.#limit) return 'full';
    this.#messages.push(message);
    this.#length += length;
    return 'added';
  }

  /** Takes the oldest message; undefined when none is left. */
  take(): Message | undefined {
    const message = this.#messages[this.#next];
    if (message === undefined) return undefined;
    this.#next += 1;
    this.#length -= Math.max(MESSAGE_LENGTH_MIN, lengthOf(message));
    if (2 * this.#next >= this.#messages.length) this.#dropTaken();
    return message;
  }

  #dropTaken(): void {
    this.#messages = this.#messages.slice(this.#next);
    this.#next = 0;
  }
}

/** UTF-16 units of a text, bytes of a binary message. */
export const lengthOf = (message: Message): number =>
  typeof message === 'string' ? message.length : message.byteLength;
