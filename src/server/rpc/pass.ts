/** What an application is told of the token of a request [A12]. Times are seconds since 1970. */
export interface Pass {
  /** The role that the token gives in the application. */
  readonly role: string;
  /** The claim `iat`; 0 without one: such a token counts as older than any revocation. */
  readonly issuedAt: number;
  readonly expires: number;
}

/** The pass of a request without a token: good where the application is public [A15]. */
export const PUBLIC_PASS = 'public';

/**
 * All senders without a token are one subject: they share the rate [F4] and the places [F3] of one. No token can have it,
 * as no subject has control characters.
 */
export const STRANGERS = '\u0000strangers';

/** One text, which crosses RPC faster than an object, and is compared at once. */
export const printPass = ({ role, issuedAt, expires }: Pass): string => `${role} ${issuedAt} ${expires}`;

/** Reverses `printPass`. */
export const parsePass = (text: string): Pass => {
  const [role = '', issuedAt = '0', expires = '0'] = text.split(' ');
  return { role, issuedAt: Number(issuedAt), expires: Number(expires) };
};
