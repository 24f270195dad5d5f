import type { AccessEnvironment } from './environment.ts';
import type { OperatorSecretName } from './principal.ts';

/** A secret by which scripts and monitors are operators [A10]. */
export interface OperatorSecret {
  readonly name: OperatorSecretName;
  readonly secret: string;
}

/** As many characters as bytes: a secret is sent in a header, which holds ASCII alone without doubt. */
const LENGTH_MIN = 32;
/** RFC 6750: what may stand behind `Bearer`, and some more that generators of passwords use. */
const SENDABLE = /^[!-~]+$/;
/** The form of a signed token. A secret of this form would be taken for one. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const NAMES: readonly OperatorSecretName[] = ['OPERATOR_TOKEN', 'OPERATOR_TOKEN_PREVIOUS'];

/** The operators' secrets of a deployment, the present one first; or what is wrong with them, as a sentence. */
export const readOperatorSecrets = (env: AccessEnvironment): readonly OperatorSecret[] | string => {
  const secrets = NAMES.flatMap((name) => (env[name] ? [{ name, secret: env[name] }] : []));
  for (const { name, secret } of secrets) {
    if (secret.length < LENGTH_MIN || !SENDABLE.test(secret) || JWT.test(secret))
      return `${name} needs at least ${LENGTH_MIN} visible ASCII characters, for example the output of "openssl rand -base64 32".`;
    if (secret === env.AUTH_SECRET || secret === env.AUTH_SECRET_PREVIOUS)
      return `${name} must be another secret than AUTH_SECRET: whoever reads numbers must not be able to make tokens.`;
  }
  const [first, second] = secrets;
  if (first?.name === 'OPERATOR_TOKEN_PREVIOUS')
    return 'OPERATOR_TOKEN_PREVIOUS is for the time of a change: set OPERATOR_TOKEN, too.';
  if (second !== undefined && first?.secret === second.secret)
    return 'OPERATOR_TOKEN and OPERATOR_TOKEN_PREVIOUS must differ.';
  return secrets;
};

/** The operators' secret that a token is, if any. Takes the same time for each token, however much of it is right. */
export const findOperatorSecret = async (
  secrets: readonly OperatorSecret[],
  token: string,
): Promise<OperatorSecretName | undefined> => {
  if (secrets.length === 0) return undefined;
  const given = await digest(token);
  const differences = await Promise.all(
    secrets.map(async ({ name, secret }) => ({ name, difference: differenceOf(given, await digest(secret)) })),
  );
  return differences.find(({ difference }) => difference === 0)?.name;
};

/** Of digests, a time that depends on where they differ would tell nothing of the secret either. */
const digest = async (text: string): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));

/** 0 when both are the same. Looks at every byte. */
const differenceOf = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((difference, byte, index) => difference | (byte ^ (b[index] ?? 0)), 0);
