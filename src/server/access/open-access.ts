import type { AccessEnvironment } from './environment.ts';

/** Whether a request needs no token [A6]. */
export type OpenAccess =
  /** It comes from this machine, and the dev command has opened that. */
  | { readonly kind: 'open' }
  | { readonly kind: 'closed' }
  /** It would be open, but this header says that somebody else has sent it. */
  | { readonly kind: 'forwarded'; readonly by: string };

export const openAccess = (env: AccessEnvironment, url: string, headers: Headers): OpenAccess => {
  if (env.CHANGEBUCKET_OPEN !== 'loopback' || !isLoopback(new URL(url).hostname)) return { kind: 'closed' };
  const by = [...headers].find(([name, value]) => isForwarding(name, value))?.[0];
  return by === undefined ? { kind: 'open' } : { kind: 'forwarded', by };
};

/** Headers that proxies and tunnels add: behind one, strangers reach the loopback address. Names are in lower case. */
const FORWARDING =
  /^(?:forwarded|via|cdn-loop|x-(?:original-)?forwarded(?:-.+)?|x-original-(?:host|url)|x-real-ip|x-(?:cluster-)?client-ip|true-client-ip|.+-client-ip)$/;

/** Wrangler names the address of the sender itself: one of this machine is no other's. */
const isForwarding = (name: string, value: string): boolean =>
  FORWARDING.test(name) || (name === 'cf-connecting-ip' && !isLoopbackAddress(value));

/** Whether a URL's host name is this machine. */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || LOOPBACK_V4.test(hostname);

const LOOPBACK_V4 = /^127(?:\.\d{1,3}){3}$/;

const isLoopbackAddress = (address: string): boolean =>
  address === '::1' || LOOPBACK_V4.test(address.replace(/^::ffff:/i, ''));
