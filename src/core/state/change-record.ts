import type { Json } from '../../protocol/json.ts';
import { STATE_BYTES_MAX } from '../../protocol/limits.ts';
import { jsonBytes, keyBytes } from '../json/json-bytes.ts';
import { REMOVED, type StoredMember } from '../json/members.ts';
import { throwProblem } from '../json/problem-error.ts';
import type { AdmittedValue } from './admitted-value.ts';
import type { WorkBudget } from './work-budget.ts';

/**
 * Records writes to the state: the JSON Patch (RFC 6902) of the change under way, as the JSON text of each operation,
 * and the size of the state after them. Each method throws a ProblemError when the state or the work becomes too large.
 */
export class ChangeRecord {
  readonly #budget: WorkBudget;
  #operations: string[] = [];
  #bytes: number;

  constructor(budget: WorkBudget, bytes: number) {
    this.#budget = budget;
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#operations.length;
  }

  rootReplaced({ text, bytes }: AdmittedValue): void {
    this.#add('replace', '', text);
    this.#resize(bytes - this.#bytes);
  }

  memberSet(pointer: string, key: string, before: StoredMember, { text, bytes }: AdmittedValue): void {
    const existed = before !== undefined && before !== REMOVED;
    this.#add(existed ? 'replace' : 'add', pointer, text);
    this.#resize(bytes - (existed ? this.#measure(before) : -keyBytes(key)));
  }

  memberRemoved(pointer: string, key: string, before: Json): void {
    this.#add('remove', pointer);
    this.#resize(-keyBytes(key) - this.#measure(before));
  }

  elementSet(pointer: string, before: Json, { text, bytes }: AdmittedValue): void {
    this.#add('replace', pointer, text);
    this.#resize(bytes - this.#measure(before));
  }

  /** Elements were removed at `start`, and others inserted there. */
  spliced(array: string, start: number, removed: readonly Json[], added: readonly AdmittedValue[]): void {
    for (const element of removed) {
      this.#add('remove', `${array}/${start}`);
      this.#resize(-this.#measure(element) - 1);
    }
    for (const [offset, { text, bytes }] of added.entries()) {
      this.#add('add', `${array}/${start + offset}`, text);
      this.#resize(bytes + 1);
    }
  }

  reordered(array: string, elements: readonly Json[]): void {
    const text = JSON.stringify(elements);
    this.#budget.spend(text.length);
    this.#add('replace', array, text);
  }

  /** The operations from index `length` on. */
  since(length: number): string[] {
    return this.#operations.slice(length);
  }

  /** Returns to an earlier length and size. */
  rollback(length: number, bytes: number): void {
    this.#operations.length = length;
    this.#bytes = bytes;
  }

  /** Returns all operations, and starts the next patch. */
  commit(): string[] {
    const operations = this.#operations;
    this.#operations = [];
    return operations;
  }

  /** The bytes of a value that leaves the state. The writer pays for printing it, however short the change was. */
  #measure(before: Json): number {
    const bytes = jsonBytes(before);
    this.#budget.spendMeasuring(bytes);
    return bytes;
  }

  /** @param value its length was charged to the budget before */
  #add(op: 'add' | 'replace' | 'remove', pointer: string, value?: string): void {
    this.#budget.spend(pointer.length);
    const rest = value === undefined ? '' : `,"value":${value}`;
    this.#operations.push(`{"op":"${op}","path":${JSON.stringify(pointer)}${rest}}`);
  }

  /** A state that is too large already may still shrink. */
  #resize(difference: number): void {
    this.#bytes += difference;
    if (difference <= 0 || this.#bytes <= STATE_BYTES_MAX) return;
    throwProblem('state-too-large', `The state would take ${this.#bytes} of ${STATE_BYTES_MAX} bytes.`, {
      size: this.#bytes,
      limit: STATE_BYTES_MAX,
    });
  }
}
