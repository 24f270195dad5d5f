import { tryParseJson } from '../client/platform/parse-json.ts';
import { canonicalGrantName } from '../server/access/grants.ts';
import { type MintOptions, mintToken } from '../server/access/mint-token.ts';
import type { Role } from '../server/access/principal.ts';
import { CommandError } from './command-line/command-error.ts';

/** The last `=` separates: an owner may hold some, too. */
const ROLE = /^(.+)=(reader|writer|admin)$/;
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/**
 * Parses `['a/b=writer,c/*=reader']` into the claim `apps`, with the owners in their canonical spelling [I4].
 * @throws CommandError when an item is not `owner/app=role` or `owner/*=role`
 */
export const parseApps = (items: readonly string[]): Record<string, Role> =>
  Object.fromEntries(
    items
      .flatMap((item) => item.split(','))
      .map((item) => {
        const [, name = '', role = ''] = ROLE.exec(item.trim()) ?? [];
        const canonical = canonicalGrantName(name);
        if (canonical === undefined) {
          throw new CommandError(
            'usage',
            '--apps must be owner/app=role or owner/*=role, where role is reader, writer or admin and the owner is percent-encoded',
          );
        }
        return [canonical, role as Role];
      }),
  );

/**
 * Parses a duration such as `15m` into seconds.
 * @throws CommandError when it is not a number with s, m, h or d
 */
export const parseTtl = (text: string): number => {
  const [, count = '', unit = ''] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  const seconds = UNITS[unit];
  if (seconds === undefined) throw new CommandError('usage', '--ttl must be a duration such as 30s, 15m, 1h or 7d');
  return Number(count) * seconds;
};

/**
 * Parses further claims, a JSON object. `mintToken` refuses those with a meaning of their own.
 * @throws CommandError for another text, which is not repeated
 */
export const parseClaims = (text: string): NonNullable<MintOptions['claims']> => {
  const claims = tryParseJson<MintOptions['claims'] | null>(text);
  if (typeof claims === 'object' && claims !== null && !Array.isArray(claims)) return claims;
  throw new CommandError('usage', `--claims must be a JSON object, for example '{"plan":"pro"}'`);
};

/** Signs a token with AUTH_SECRET. @throws CommandError when the secret or a claim is not allowed */
export const mintFromEnvironment = async (claims: MintOptions): Promise<string> => {
  const { AUTH_SECRET: secret = '', AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = process.env;
  try {
    return await mintToken({ secret, ...claims, issuer, audience });
  } catch (error) {
    if (error instanceof TypeError) throw new CommandError('usage', error.message);
    throw error;
  }
};
