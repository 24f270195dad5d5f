// Stands in for Cloudflare's static assets where the bundle runs under plain workerd.

interface Services {
  readonly PUBLIC: { fetch(url: string): Promise<Response> };
  readonly SERVICE: { fetch(request: Request): Promise<Response> };
}

/** What is served, from which file and as what; everything else is the service's. */
const PAGES: ReadonlyMap<string, readonly [file: string, type: string]> = new Map([
  ['/', ['index.html', 'text/html; charset=utf-8']],
  ['/docs', ['docs.html', 'text/html; charset=utf-8']],
  ['/page.css', ['page.css', 'text/css; charset=utf-8']],
  ['/page.js', ['page.js', 'text/javascript; charset=utf-8']],
]);

export default {
  async fetch(request: Request, { PUBLIC, SERVICE }: Services): Promise<Response> {
    const page = PAGES.get(new URL(request.url).pathname);
    if (page === undefined || request.method !== 'GET') return SERVICE.fetch(request);
    const [name, type] = page;
    const file = await PUBLIC.fetch(`http://public/${name}`);
    const headers = { 'Content-Type': type, ...(await securityHeaders(PUBLIC)) };
    return new Response(file.body, { status: file.status, headers });
  },
};

/** The same headers as on Cloudflare: read from the same file. */
const securityHeaders = async (PUBLIC: Services['PUBLIC']): Promise<Record<string, string>> => {
  const lines = (await (await PUBLIC.fetch('http://public/_headers')).text()).split('\n');
  const pairs = lines.filter((line) => /^\s+[A-Za-z-]+:/.test(line)).map((line) => line.trim().split(/:\s*(.*)/s));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]));
};
