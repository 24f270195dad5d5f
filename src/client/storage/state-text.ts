import type { Json } from '../../protocol/json.ts';
import { NOTHING } from '../platform/nothing.ts';

/** The page gets its turn after so many ms of printing: half a frame at 60 Hz. */
const SLICE_MS = 8;
/** Characters of one part. */
const PART_LENGTH = 65_536;
/** Containers down to this depth are printed member by member, deeper ones in one go. */
const DEPTH = 4;

/**
 * The JSON of a state, in parts; none for nothing at a path. Printed in slices: a state of 6 MB in one go would block the page for as long as several
 * frames. States are never changed in place, so it stays one state meanwhile. IndexedDB copies texts much faster than objects.
 */
export const stateText = async (state: Json): Promise<string[]> => {
  if (state === NOTHING) return [];
  const parts: string[] = [];
  let part = '';
  let sliceEnd = performance.now() + SLICE_MS;
  for (const piece of piecesOf(state, DEPTH)) {
    part += piece;
    if (part.length < PART_LENGTH) continue;
    parts.push(part);
    part = '';
    if (performance.now() < sliceEnd) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    sliceEnd = performance.now() + SLICE_MS;
  }
  return [...parts, part];
};

function* piecesOf(value: Json, depth: number): Generator<string> {
  if (depth === 0 || typeof value !== 'object' || value === null) {
    yield JSON.stringify(value);
    return;
  }
  const isArray = Array.isArray(value);
  let separator = isArray ? '[' : '{';
  for (const [key, member] of isArray ? value.entries() : Object.entries(value)) {
    yield isArray ? separator : `${separator}${JSON.stringify(key)}:`;
    yield* piecesOf(member, depth - 1);
    separator = ',';
  }
  if (separator !== ',') yield separator;
  yield isArray ? ']' : '}';
}
