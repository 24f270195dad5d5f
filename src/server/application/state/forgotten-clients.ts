import { BloomFilter } from '../../../core/limits/bloom-filter.ts';
import { FORGOTTEN_CLIENTS_MAX } from '../../../protocol/limits.ts';
import type { StoredForgotten } from '../storage/segment.ts';

/**
 * The client ids that were forgotten in this epoch, in bounded memory. It errs to one side only: a forgotten id is never
 * taken for a new one [Q16].
 *
 * A filter holds the forgotten ids. When it is full, the next generation begins with an empty one; then only an id that
 * begins with the prefix of the present generation can be known to be new, since no id with it was accepted before.
 */
export class ForgottenClients {
  readonly #epoch: string;
  #generation: number;
  #count: number;
  #filter: BloomFilter | undefined;

  constructor(epoch: string, { generation, count, filter }: StoredForgotten = NONE) {
    this.#epoch = epoch;
    this.#generation = generation;
    this.#count = count;
    this.#filter = filter === '' ? undefined : filterOf(filter);
  }

  /** Whether every client that was ever accepted in this epoch is remembered. */
  get isEmpty(): boolean {
    return this.#generation === 0 && this.#count === 0;
  }

  /** An id that begins with this, and goes on at random, is nearly always known to be new. */
  get prefix(): string {
    return `${this.#epoch}.${this.#generation}.`;
  }

  add(client: string): void {
    if (this.#count === FORGOTTEN_CLIENTS_MAX) this.close();
    this.#filter ??= new BloomFilter();
    this.#filter.add(client);
    this.#count += 1;
  }

  /** Begins the next generation: from now on every id without its prefix counts as forgotten. */
  close(): void {
    this.#generation += 1;
    this.#count = 0;
    this.#filter = undefined;
  }

  /** Whether the id may have been accepted and forgotten. An id of a generation still to come is not accepted before. */
  mayHave(client: string): boolean {
    return this.#generationOf(client) !== this.#generation || this.#filter?.mayHave(client) === true;
  }

  /** Undefined while nothing was forgotten. */
  get stored(): StoredForgotten | undefined {
    if (this.isEmpty) return undefined;
    return {
      generation: this.#generation,
      count: this.#count,
      filter: this.#filter === undefined ? '' : base64Of(this.#filter),
    };
  }

  /** The generation whose prefix an id has; 0 for every other id. */
  #generationOf(client: string): number {
    const start = `${this.#epoch}.`;
    if (!client.startsWith(start)) return 0;
    const [generation = ''] = client.slice(start.length).split('.');
    return GENERATION.test(generation) ? Number(generation) : 0;
  }
}

const NONE: StoredForgotten = { generation: 0, count: 0, filter: '' };

export const base64Of = ({ bytes }: BloomFilter): string => {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
};

/** Reverses `base64Of`. */
export const filterOf = (base64: string): BloomFilter =>
  new BloomFilter(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));

const GENERATION = /^[1-9][0-9]{0,14}$/;
