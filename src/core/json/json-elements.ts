import { BRACE_BIT, CLOSING, endOfString, OPENING, QUOTE } from './json-depth.ts';

/** An array in JSON text. */
export interface ArrayInText {
  /** Its elements; 1 for an empty array. */
  readonly count: number;
  /** Index behind its opening bracket, and index of its closing one. */
  readonly start: number;
  readonly end: number;
}

/**
 * The arrays that are members of this name of a JSON text's outermost object: more than one when the member is
 * repeated. One scan without parsing, 2 ms for 1 MB, so that a bound on their length holds before anything is built from
 * the text. Exact for JSON; in another text it is exact up to the place where JSON.parse gives up.
 */
export const arraysNamed = (text: string, name: string): ArrayInText[] => new Scan(text, name).run();

/** The scan of one text. Its depth is the number of containers around the present character. */
class Scan {
  readonly #text: string;
  readonly #name: string;
  readonly #found: ArrayInText[] = [];
  #depth = 0;
  /** The inside of the last string in the outermost object: the name of the member under way, or its value. */
  #string = '';
  /** Where the array under way starts; undefined while there is none. */
  #start: number | undefined;
  #commas = 0;

  constructor(text: string, name: string) {
    this.#text = text;
    this.#name = name;
  }

  run(): ArrayInText[] {
    for (let index = 0; index < this.#text.length; index += 1) {
      const code = this.#text.charCodeAt(index);
      if (code === QUOTE) index = this.#skipString(index + 1);
      else if (code === COMMA) this.#comma();
      else if ((code | BRACE_BIT) === OPENING) this.#open(index, code);
      else if ((code | BRACE_BIT) === CLOSING) this.#close(index);
    }
    // The text ends within the array: JSON.parse would build all of it before it notices.
    this.#endArray(this.#text.length);
    return this.#found;
  }

  /** @returns the index of its closing quote */
  #skipString(start: number): number {
    const end = endOfString(this.#text, start);
    if (this.#depth === 1) this.#string = this.#text.slice(start, end);
    return end;
  }

  #comma(): void {
    if (this.#depth === 2) this.#commas += 1;
    if (this.#depth === 1) this.#string = '';
  }

  #open(index: number, code: number): void {
    this.#depth += 1;
    if (this.#depth !== 2) return;
    const isNamed = code === BRACKET && isSameString(this.#string, this.#name);
    this.#start = isNamed ? index + 1 : undefined;
    this.#commas = 0;
  }

  #close(index: number): void {
    if (this.#depth === 2) this.#endArray(index);
    this.#depth -= 1;
  }

  #endArray(end: number): void {
    if (this.#start !== undefined) this.#found.push({ count: this.#commas + 1, start: this.#start, end });
    this.#start = undefined;
  }
}

const COMMA = 0x2c;
const BRACKET = 0x5b;

/** An escaped character takes six. */
const ESCAPED_LENGTH = 6;

/** Whether the inside of a string in JSON text stands for `name`, in whatever spelling. */
const isSameString = (inside: string, name: string): boolean => {
  if (inside === name) return true;
  if (inside.length > ESCAPED_LENGTH * name.length || !inside.includes('\\')) return false;
  try {
    return JSON.parse(`"${inside}"`) === name;
  } catch {
    return false;
  }
};
