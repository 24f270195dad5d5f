import { parseCounter } from '../../../protocol/ids.ts';

/** Parses a version in a header or query: a canonical decimal from 0 to 2^53 - 1. Undefined for anything else. */
export const parseNatural = (text: string): number | undefined => (text === '0' ? 0 : parseCounter(text));
