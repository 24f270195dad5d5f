// A session is a cookie with a name and a time, signed. Scripts cannot read it, other sites cannot send it.

const COOKIE = 'session';
const LIFETIME_S = 7 * 24 * 3_600;

/** @returns the value of `Set-Cookie` */
export const startSession = async (request: Request, secret: string, user: string): Promise<string> => {
  const claims = encodeURIComponent(JSON.stringify({ user, expires: Date.now() + LIFETIME_S * 1_000 }));
  const signature = await crypto.subtle.sign('HMAC', await signingKey(secret), bytes(claims));
  return cookie(request, `${claims}.${hexOf(signature)}`, LIFETIME_S);
};

/** @returns the value of `Set-Cookie` */
export const endSession = (request: Request): string => cookie(request, '', 0);

/** @returns the user; undefined when the cookie is missing, forged or too old */
export const readSession = async (request: Request, secret: string): Promise<string | undefined> => {
  const [, claims, signature] = COOKIE_PATTERN.exec(request.headers.get('Cookie') ?? '') ?? [];
  if (claims === undefined || signature === undefined) return undefined;
  const isGenuine = await crypto.subtle.verify('HMAC', await signingKey(secret), bytesOf(signature), bytes(claims));
  if (!isGenuine) return undefined;
  const { user, expires } = JSON.parse(decodeURIComponent(claims)) as { user: string; expires: number };
  return expires > Date.now() ? user : undefined;
};

const COOKIE_PATTERN = new RegExp(`(?:^|; )${COOKIE}=([^;]+)\\.([0-9a-f]{64})(?:;|$)`);

/** Without `Secure` on plain http, where some browsers would not keep it. */
const cookie = (request: Request, value: string, lifetimeS: number): string => {
  const secure = new URL(request.url).protocol === 'https:' ? '; Secure' : '';
  return `${COOKIE}=${value}; Max-Age=${lifetimeS}; Path=/; HttpOnly; SameSite=Lax${secure}`;
};

/** A key of its own, so that no signature of a session is one of a token, which AUTH_SECRET signs itself. */
const signingKey = async (secret: string): Promise<CryptoKey> => {
  const material = await crypto.subtle.importKey('raw', bytes(secret), 'HKDF', false, ['deriveKey']);
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: bytes('session') };
  const kind = { name: 'HMAC', hash: 'SHA-256', length: 256 };
  return crypto.subtle.deriveKey(derivation, material, kind, false, ['sign', 'verify']);
};

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const hexOf = (signature: ArrayBuffer): string =>
  [...new Uint8Array(signature)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
