import { claimsOf, subjectOf } from '../../client/platform/token-claims.ts';

/** Whoever sends no token. */
export const ANONYMOUS = 'anonymous';

/** A token of a user, with the form of a JWT. Nobody has signed it: only a fake server takes it. */
export const fakeToken = (user: string): string => {
  const payload = JSON.stringify({ sub: user });
  const bytes = String.fromCharCode(...new TextEncoder().encode(payload));
  return `e30.${btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}.fake`;
};

/** The user of a fake token. */
export const userOfToken = (token: string): string => subjectOf(claimsOf(token));
