import { escapeToken } from '../../src/core/json/pointer.ts';

/** The JSON Pointer (RFC 6901) of these tokens. */
export const formatPointer = (tokens: readonly string[]): string =>
  tokens.map((token) => `/${escapeToken(token)}`).join('');
