// Stands in for Cloudflare's static assets where the bundle runs under plain workerd.

interface Services {
  readonly PUBLIC: { fetch(url: string): Promise<Response> };
  readonly SERVICE: { fetch(request: Request): Promise<Response> };
}

/** What is served, and as what; everything else is the service's. */
const TYPES: Readonly<Record<string, string>> = {
  '/': 'text/html; charset=utf-8',
  '/page.css': 'text/css; charset=utf-8',
  '/page.js': 'text/javascript; charset=utf-8',
};

export default {
  async fetch(request: Request, { PUBLIC, SERVICE }: Services): Promise<Response> {
    const { pathname } = new URL(request.url);
    const type = Object.hasOwn(TYPES, pathname) ? TYPES[pathname] : undefined;
    if (type === undefined || request.method !== 'GET') return SERVICE.fetch(request);
    const file = await PUBLIC.fetch(`http://public${pathname === '/' ? '/index.html' : pathname}`);
    return new Response(file.body, {
      status: file.status,
      headers: { 'Content-Type': type, ...(await securityHeaders(PUBLIC)) },
    });
  },
};

/** The same headers as on Cloudflare: read from the same file. */
const securityHeaders = async (PUBLIC: Services['PUBLIC']): Promise<Record<string, string>> => {
  const lines = (await (await PUBLIC.fetch('http://public/_headers')).text()).split('\n');
  const pairs = lines.filter((line) => /^\s+[A-Za-z-]+:/.test(line)).map((line) => line.trim().split(/:\s*(.*)/s));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]));
};
