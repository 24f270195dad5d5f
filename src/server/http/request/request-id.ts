import type { Ctx } from './context.ts';

/** The header with the id of a request. */
export const REQUEST_HEADER = 'Changebucket-Request';

/**
 * The id by which a user can quote a request, and an operator find its lines: Cloudflare's own, or a made one. Made when
 * it is first asked for, as most requests need none.
 */
export const requestIdOf = (c: Ctx): string => {
  const known = c.get('requestId');
  if (known !== undefined) return known;
  const id = c.req.raw.headers.get('cf-ray') ?? crypto.randomUUID();
  c.set('requestId', id);
  return id;
};
