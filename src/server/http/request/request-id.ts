/** The part of Hono's context that keeps the id. */
interface IdentifiedRequest {
  readonly req: { readonly raw: Request };
  get(name: 'requestId'): string | undefined;
  set(name: 'requestId', id: string): void;
}

/** Where Cloudflare is not in front, anybody may send the header: it is no longer, and nothing else, than Cloudflare's. */
const RAY = /^[\da-f]{16}(-[A-Z]{3})?$/;

/**
 * The id by which a user can quote a request, and an operator find its lines: Cloudflare's own, or a made one. Made when
 * it is first asked for.
 */
export const requestIdOf = (c: IdentifiedRequest): string => {
  const known = c.get('requestId');
  if (known !== undefined) return known;
  const ray = c.req.raw.headers.get('cf-ray') ?? '';
  const id = RAY.test(ray) ? ray : crypto.randomUUID();
  c.set('requestId', id);
  return id;
};
