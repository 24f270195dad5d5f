/** Bits of a filter: 128 KiB. With 7 bits for each of 100,000 texts, less than 1 % of other texts seem to be included. */
const BITS = 2 ** 20;
const BITS_PER_TEXT = 7;
const BITS_PER_BYTE = 8;

/**
 * A set of texts in bounded memory that may err to one side only (a Bloom filter): a text that was added is always
 * found; one that was not added is found with a small probability, which grows with the number of texts.
 */
export class BloomFilter {
  readonly bytes: Uint8Array;

  /** @param bytes those of another filter, to go on with */
  constructor(bytes: Uint8Array = new Uint8Array(BITS / BITS_PER_BYTE)) {
    this.bytes = bytes;
  }

  add(text: string): void {
    for (const bit of bitsOf(text)) this.#setBit(bit);
  }

  /** Whether the text may have been added. False is certain. */
  mayHave(text: string): boolean {
    return bitsOf(text).every((bit) => this.#isSet(bit));
  }

  #setBit(bit: number): void {
    const index = Math.floor(bit / BITS_PER_BYTE);
    this.bytes[index] = (this.bytes[index] ?? 0) | (1 << (bit % BITS_PER_BYTE));
  }

  #isSet(bit: number): boolean {
    return ((this.bytes[Math.floor(bit / BITS_PER_BYTE)] ?? 0) & (1 << (bit % BITS_PER_BYTE))) !== 0;
  }
}

/** The bits of a text, from two hashes: as good as so many independent ones (Kirsch and Mitzenmacher, 2006). */
const bitsOf = (text: string): number[] => {
  const [first, second] = [hashOf(text, 0x811c9dc5), (hashOf(text, 0x9747b28c) | 1) >>> 0];
  return Array.from({ length: BITS_PER_TEXT }, (_, index) => (first + index * second) % BITS);
};

/** FNV-1a in 32 bits, with a last mixing step: its low bits alone are too regular. */
const hashOf = (text: string, seed: number): number => {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
};
