/** Bytes that a text takes in memory: engines keep one byte for a UTF-16 unit while all are Latin-1, otherwise two. */
export const heapBytes = (text: string): number => (BEYOND_LATIN_1.test(text) ? 2 * text.length : text.length);

const BEYOND_LATIN_1 = /[\u0100-\uffff]/;
