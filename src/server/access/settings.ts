import { type Failure, failure } from '../../core/json/failure.ts';
import { OPERATOR_CLAIM } from './claims.ts';
import type { AccessEnvironment } from './environment.ts';
import { isLoopback } from './open-access.ts';
import { type OperatorSecret, readOperatorSecrets } from './operator-secrets.ts';

/** The one way in which this deployment verifies tokens; a token never chooses it [A1]. */
export type Settings =
  | (Expectations & {
      readonly kind: 'secret';
      readonly secret: string;
      /** Another secret whose tokens are good, while a new one takes over. */
      readonly previous?: string;
    })
  | (Expectations & { readonly kind: 'jwks'; readonly url: string; readonly algorithms: readonly string[] })
  | { readonly kind: 'none' };

/** Claims that a token must have besides a valid signature; undefined where any value will do, as with the variable `*`. */
interface Expectations {
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  /** The claim that makes an operator [A10]; absent where no token does. */
  readonly operatorClaim?: string;
  /** The secrets that make an operator without a token; absent where there is none. */
  readonly operatorSecrets?: readonly OperatorSecret[];
}

/** HS256 needs a key as long as its hash (RFC 7518, 3.2), in bytes. */
export const SECRET_BYTES_MIN = 32;
/** The algorithms that AUTH_ALGORITHM may name. */
const ALGORITHMS = [
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
const DEFAULT_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];

const settingsCache = new WeakMap<AccessEnvironment, Settings | Failure>();

/** The settings of an environment. They are parsed once: the variables of a deployment do not change. */
export const settingsOf = (env: AccessEnvironment): Settings | Failure => {
  const settings = settingsCache.get(env) ?? readSettings(env);
  settingsCache.set(env, settings);
  return settings;
};

/** `none` where nothing is configured: everything is refused then, except open access [A5]. */
const readSettings = (env: AccessEnvironment): Settings | Failure => {
  if (env.AUTH_SECRET && env.AUTH_JWKS_URL) return misconfigured('Set AUTH_SECRET or AUTH_JWKS_URL, not both.');
  const secrets = readOperatorSecrets(env);
  if (typeof secrets === 'string') return misconfigured(secrets);
  const expectations = {
    issuer: requiredValue(env.AUTH_ISSUER),
    audience: requiredValue(env.AUTH_AUDIENCE),
    ...(secrets.length === 0 ? {} : { operatorSecrets: secrets }),
  };
  if (env.AUTH_SECRET || env.AUTH_SECRET_PREVIOUS) return readSecrets(env, expectations);
  return env.AUTH_JWKS_URL ? readKeySet(env, env.AUTH_JWKS_URL, expectations) : { kind: 'none' };
};

const readSecrets = (env: AccessEnvironment, expectations: Expectations): Settings | Failure => {
  const { AUTH_SECRET: secret, AUTH_SECRET_PREVIOUS: previous, AUTH_ALGORITHM: algorithm } = env;
  if (!secret)
    return misconfigured('AUTH_SECRET_PREVIOUS is for the time of a change: set AUTH_SECRET, which makes new tokens.');
  const short = (['AUTH_SECRET', 'AUTH_SECRET_PREVIOUS'] as const).find((name) => isShort(env[name]));
  if (short !== undefined) {
    return misconfigured(
      `${short} needs at least ${SECRET_BYTES_MIN} bytes, for example the output of "openssl rand -base64 32".`,
    );
  }
  if (secret === previous)
    return misconfigured('AUTH_SECRET and AUTH_SECRET_PREVIOUS must differ: put a new secret into AUTH_SECRET.');
  if (algorithm && algorithm !== 'HS256')
    return misconfigured('AUTH_ALGORITHM is for AUTH_JWKS_URL; with AUTH_SECRET the algorithm is always HS256.');
  if (env.AUTH_OPERATOR_CLAIM)
    return misconfigured(`AUTH_OPERATOR_CLAIM is for AUTH_JWKS_URL; with AUTH_SECRET it is always ${OPERATOR_CLAIM}.`);
  return { kind: 'secret', secret, ...(previous ? { previous } : {}), operatorClaim: OPERATOR_CLAIM, ...expectations };
};

const isShort = (secret: string | undefined): boolean =>
  !!secret && new TextEncoder().encode(secret).length < SECRET_BYTES_MIN;

const readKeySet = (env: AccessEnvironment, url: string, expectations: Expectations): Settings | Failure => {
  const { AUTH_ALGORITHM: algorithm, AUTH_OPERATOR_CLAIM: operatorClaim } = env;
  if (!isTrustworthy(url)) return misconfigured('AUTH_JWKS_URL must be an https URL, or an http URL on this machine.');
  if (algorithm && !ALGORITHMS.includes(algorithm))
    return misconfigured(`AUTH_ALGORITHM must be one of ${ALGORITHMS.join(', ')}.`);
  if (operatorClaim && STANDARD_CLAIMS.includes(operatorClaim))
    return misconfigured('AUTH_OPERATOR_CLAIM must be a claim of its own: no other claim makes an operator.');
  const missing = (['AUTH_AUDIENCE', 'AUTH_ISSUER'] as const).filter((name) => !env[name]);
  if (missing.length > 0)
    return misconfigured(`${OTHERS_TOKENS} Set ${missing.join(' and ')}, or * where any will do.`);
  const algorithms = algorithm ? [algorithm] : DEFAULT_ALGORITHMS;
  return { kind: 'jwks', url, algorithms, ...(operatorClaim ? { operatorClaim } : {}), ...expectations };
};

/** Claims that providers set in every token, some of them to `true`. */
const STANDARD_CLAIMS = [
  'sub',
  'exp',
  'nbf',
  'iat',
  'iss',
  'aud',
  'jti',
  'apps',
  'email_verified',
  'phone_number_verified',
];

/** An identity provider signs tokens for other applications with the same keys. */
const OTHERS_TOKENS = 'With AUTH_JWKS_URL alone, tokens that were made for other services would be valid here, too.';

/** The value of a variable that says on purpose that any claim will do. */
const ANY = '*';

/** The claim that a variable requires; undefined where any will do. */
export const requiredValue = (variable: string | undefined): string | undefined =>
  variable === ANY ? undefined : variable || undefined;

/** The failure of a deployment whose variables are missing or contradict each other. */
export const misconfigured = (detail: string): Failure => failure('not-configured', detail);

const isTrustworthy = (text: string): boolean => {
  const url = URL.parse(text);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
};
