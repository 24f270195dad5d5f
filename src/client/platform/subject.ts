import type { Claims } from './tokens.ts';

/** Who the reducers' `user` will be, as far as the token tells. Nothing is verified here: the server does that. */
export const subjectOf = ({ sub }: Claims): string =>
  sub === undefined ? 'anonymous' : new TextDecoder().decode(Uint8Array.from(sub, (each) => each.charCodeAt(0)));
