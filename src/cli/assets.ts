// Stands in for Cloudflare's static assets where the bundle runs under plain workerd.

/** A folder on disk, as workerd serves it. */
interface Disk {
  fetch(url: string): Promise<Response>;
}

/** What is served, from which file and as what; everything else is the service's. */
const PAGES: ReadonlyMap<string, readonly [file: string, type: string]> = new Map([
  ['/', ['index.html', 'text/html; charset=utf-8']],
  ['/docs', ['docs.html', 'text/html; charset=utf-8']],
  ['/page.css', ['page.css', 'text/css; charset=utf-8']],
  ['/page.js', ['page.js', 'text/javascript; charset=utf-8']],
]);

/** Undefined for everything that is not a page. */
export const pageFor = (request: Request, disk: Disk): Promise<Response> | undefined => {
  const page = PAGES.get(pathOf(request.url));
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return page === undefined || !isRead ? undefined : serve(disk, ...page);
};

/** Every request of the service comes through here: parsing its whole URL would be felt. */
const pathOf = (url: string): string => {
  const [path = ''] = url.slice(url.indexOf('/', url.indexOf('//') + 2)).split('?', 1);
  return path;
};

const serve = async (disk: Disk, name: string, type: string): Promise<Response> => {
  const [file, headers] = await Promise.all([disk.fetch(`http://disk/${name}`), securityHeaders(disk)]);
  return new Response(file.body, { status: file.status, headers: { 'Content-Type': type, ...headers } });
};

/** The same headers as on Cloudflare: read from the same file. */
const securityHeaders = async (disk: Disk): Promise<Record<string, string>> => {
  const lines = (await (await disk.fetch('http://disk/_headers')).text()).split('\n');
  const pairs = lines.filter((line) => /^\s+[A-Za-z-]+:/.test(line)).map((line) => line.trim().split(/:\s*(.*)/s));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]));
};
