import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { Settings } from '../../../../src/server/access/settings.ts';

// Valid and invalid tokens, made by hand where a library would refuse to, and a provider of keys on a real port.

export const SECRET = 'a-secret-of-these-tests-0123456789abcdef';

export const secretSettings = (rest: { issuer?: string; audience?: string; secret?: string } = {}): Settings => ({
  kind: 'secret',
  secret: rest.secret ?? SECRET,
  issuer: rest.issuer,
  audience: rest.audience,
});

export const seconds = (): number => Math.floor(Date.now() / 1_000);

export const inAnHour = (): number => seconds() + 3_600;

export const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64url');

const HASHES = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' };

/** Signs any texts at all. */
export const forge = (
  header: object | string,
  payload: object | string,
  secret: string | Uint8Array = SECRET,
  alg: keyof typeof HASHES = 'HS256',
): string => {
  const text = (part: object | string): string => (typeof part === 'string' ? part : JSON.stringify(part));
  const input = `${base64(text(header))}.${base64(text(payload))}`;
  return `${input}.${base64(createHmac(HASHES[alg], secret).update(input).digest())}`;
};

/** A token signed with the right secret. */
export const token = (claims: object | string, secret = SECRET): string => forge({ alg: 'HS256' }, claims, secret);

/** The value of an `Authorization` header with the token. */
export const bearer = (jwt: string): string => `Bearer ${jwt}`;

/** A key of an identity provider. */
export interface SigningKey {
  readonly jwk: JWK;
  readonly spki: string;
  sign(claims: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
}

export const signingKey = async (alg: string, kid?: string, options: object = {}): Promise<SigningKey> => {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, ...options });
  const named = kid === undefined ? {} : { kid };
  const der = await crypto.subtle.exportKey('spki', publicKey);
  return {
    jwk: { ...(await exportJWK(publicKey)), ...named },
    spki: `-----BEGIN PUBLIC KEY-----\n${Buffer.from(der).toString('base64')}\n-----END PUBLIC KEY-----\n`,
    sign: (claims, header = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg, ...named, ...header }).sign(privateKey),
  };
};

/** The provider's answer: a status and a body, or a broken connection. */
export type Reply = { readonly status?: number; readonly location?: string; readonly body?: string } | 'broken';

/** A provider of keys on a real port. */
export interface Provider {
  readonly url: string;
  readonly settings: Extract<Settings, { kind: 'jwks' }>;
  /** The paths of the requests so far. */
  readonly paths: string[];
  reply: Reply;
  close(): Promise<void>;
}

export const startProvider = async (keys: readonly JWK[]): Promise<Provider> => {
  const server = createServer((request, response) => {
    const { reply } = provider;
    provider.paths.push(request.url ?? '');
    if (reply === 'broken') request.socket.destroy();
    else response.writeHead(reply.status ?? 200, locationOf(reply)).end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  const close = (): Promise<void> => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  const algorithms = ['RS256', 'ES256', 'EdDSA'];
  const settings = { kind: 'jwks', url, algorithms, issuer: undefined, audience: undefined } as const;
  const provider: Provider = { url, settings, paths: [], reply: keySet(keys), close };
  return provider;
};

export const keySet = (keys: readonly JWK[]): Reply => ({ body: JSON.stringify({ keys }) });

const locationOf = ({ location }: Exclude<Reply, 'broken'>): Record<string, string> =>
  location === undefined ? {} : { Location: location };
