import { type Failure, failure } from '../../core/json/failure.ts';
import type { AccessEnvironment } from './environment.ts';

/** How this deployment knows whom to trust: exactly one way, never chosen by the token [A1]. */
export type Settings =
  | (Expectations & { readonly kind: 'secret'; readonly secret: string })
  | (Expectations & { readonly kind: 'jwks'; readonly url: string; readonly algorithms: readonly string[] })
  | { readonly kind: 'none' };

/** What a token must say besides being signed. */
interface Expectations {
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
}

/** HS256 needs a key as long as its hash (RFC 7518, 3.2). */
const SECRET_BYTES_MIN = 32;
const ASYMMETRIC = [
  'RS256',
  'ES256',
  'EdDSA',
  'Ed25519',
  'RS384',
  'RS512',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
];
const BY_DEFAULT = ['RS256', 'ES256', 'EdDSA'];

const read = new WeakMap<AccessEnvironment, Settings | Failure>();

/** The settings of an environment, read once: the variables of a deployment do not change. */
export const settingsOf = (env: AccessEnvironment): Settings | Failure => {
  const known = read.get(env) ?? readSettings(env);
  read.set(env, known);
  return known;
};

/** `none` where nothing is configured: everything but open access is refused then [A5]. */
const readSettings = (env: AccessEnvironment): Settings | Failure => {
  const { AUTH_SECRET: secret, AUTH_JWKS_URL: url, AUTH_ALGORITHM: algorithm } = env;
  const expectations = { issuer: env.AUTH_ISSUER || undefined, audience: env.AUTH_AUDIENCE || undefined };
  if (secret && url) return misconfigured('Set AUTH_SECRET or AUTH_JWKS_URL, not both.');
  if (secret && new TextEncoder().encode(secret).length < SECRET_BYTES_MIN) {
    return misconfigured(
      `AUTH_SECRET needs at least ${SECRET_BYTES_MIN} bytes, for example from "openssl rand -base64 32".`,
    );
  }
  if (secret && algorithm && algorithm !== 'HS256')
    return misconfigured('AUTH_ALGORITHM goes with AUTH_JWKS_URL; with AUTH_SECRET it is HS256.');
  if (secret) return { kind: 'secret', secret, ...expectations };
  if (!url) return { kind: 'none' };
  if (!isTrustworthy(url)) return misconfigured('AUTH_JWKS_URL must be https, or http on this machine.');
  if (algorithm && !ASYMMETRIC.includes(algorithm))
    return misconfigured(`AUTH_ALGORITHM is one of ${ASYMMETRIC.join(', ')}.`);
  return { kind: 'jwks', url, algorithms: algorithm ? [algorithm] : BY_DEFAULT, ...expectations };
};

/** Open access is for requests to this very machine, and only where the dev command asked for it [A6]. */
export const isOpen = (env: AccessEnvironment, request: Pick<Request, 'url'>): boolean =>
  env.CHANGEBUCKET_OPEN === 'loopback' && isLoopback(new URL(request.url).hostname);

export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' ||
  hostname.endsWith('.localhost') ||
  hostname === '[::1]' ||
  /^127(?:\.\d{1,3}){3}$/.test(hostname);

export const misconfigured = (detail: string): Failure => failure('not-configured', detail);

const isTrustworthy = (text: string): boolean => {
  const url = URL.parse(text);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
};
