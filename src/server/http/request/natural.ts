import { parseCounter } from '../../../protocol/ids.ts';

/** A version as it stands in headers and queries: a canonical decimal from 0 to 2^53 - 1. */
export const parseNatural = (text: string): number | undefined => (text === '0' ? 0 : parseCounter(text));
