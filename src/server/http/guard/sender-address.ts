import type { Environment } from '../request/environment.ts';

/**
 * The IP address that a request without a token is counted under [A9]. On Cloudflare it is `CF-Connecting-IP`, which
 * the platform overwrites. Behind a trusted proxy it is the last entry of `X-Forwarded-For`, which the proxy itself has
 * added: the entries before it are what the sender claims.
 *
 * @returns `unknown` where neither tells it: all such senders are counted together
 */
export const senderAddress = (headers: Headers, { TRUST_PROXY }: Environment): string => {
  if (TRUST_PROXY !== 'x-forwarded') return headers.get('CF-Connecting-IP') ?? 'unknown';
  return headers.get('X-Forwarded-For')?.split(',').at(-1)?.trim() || 'unknown';
};
