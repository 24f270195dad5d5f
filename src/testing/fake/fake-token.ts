import { claimsOf, subjectOf, type Claims as TokenClaims } from '../../client/platform/token-claims.ts';
import type { Claims, SenderRights } from '../../core/definition.ts';

/** Whoever sends a request or opens a socket. */
export interface FakeSender extends SenderRights {
  readonly user: string;
}

/** Whoever sends no token. */
export const ANONYMOUS: FakeSender = { user: 'anonymous' };

/** A token, with the form of a JWT. Nobody has signed it: only a fake server takes it. @param application `owner/app` */
export const fakeToken = ({ user, role = 'writer', claims = {} }: FakeSender, application: string): string => {
  const payload = JSON.stringify({ ...claims, sub: user, apps: { [application]: role } });
  const bytes = String.fromCharCode(...new TextEncoder().encode(payload));
  return `e30.${btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}.fake`;
};

/** The sender with a fake token. */
export const senderOfToken = (token: string): FakeSender => {
  const claims: TokenClaims = claimsOf(token);
  const role = Object.values(claims.apps ?? {})[0] as SenderRights['role'];
  return { user: subjectOf(claims), role, claims: claims as Claims };
};
