import { SECRET } from './other-environments.ts';

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');

export const encode = (text: string): string => base64url(new TextEncoder().encode(text));

/** A token that no library would make. */
export const forge = async (
  header: object,
  payload: string,
  { secret = SECRET, hash = 'SHA-256' }: { secret?: string; hash?: string } = {},
): Promise<string> => {
  const signed = `${encode(JSON.stringify(header))}.${encode(payload)}`;
  const data = new TextEncoder();
  const key = await crypto.subtle.importKey('raw', data.encode(secret), { name: 'HMAC', hash }, false, ['sign']);
  return `${signed}.${base64url(new Uint8Array(await crypto.subtle.sign('HMAC', key, data.encode(signed))))}`;
};

/** A time in ten minutes, s. */
export const soon = (): number => Math.floor(Date.now() / 1_000) + 600;

/** Claims of alice, as JSON. */
export const claims = (more: object = {}): string => JSON.stringify({ sub: 'alice', exp: soon(), ...more });

/** A token header that is right. */
export const HS256 = { alg: 'HS256' };
