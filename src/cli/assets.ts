// Serves the static pages under plain workerd, in place of Cloudflare's static assets.

/** A folder on disk, in the form of a workerd disk service. */
interface Disk {
  fetch(url: string): Promise<Response>;
}

/** The pages by path, each with its file and content type. */
const PAGES: ReadonlyMap<string, readonly [file: string, type: string]> = new Map([
  ['/', ['index.html', 'text/html; charset=utf-8']],
  ['/docs', ['docs.html', 'text/html; charset=utf-8']],
  ['/page.css', ['page.css', 'text/css; charset=utf-8']],
  ['/page.js', ['page.js', 'text/javascript; charset=utf-8']],
]);

/** The page for a request; undefined for all other requests, which the service answers. */
export const pageFor = (request: Request, disk: Disk): Promise<Response> | undefined => {
  const page = PAGES.get(pathOf(request.url));
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return page === undefined || !isRead ? undefined : serve(disk, ...page);
};

/** Every request to the service comes through here, and parsing its whole URL would be slow. */
const pathOf = (url: string): string => {
  const [path = ''] = url.slice(url.indexOf('/', url.indexOf('//') + 2)).split('?', 1);
  return path;
};

const serve = async (disk: Disk, name: string, type: string): Promise<Response> => {
  const [file, headers] = await Promise.all([disk.fetch(`http://disk/${name}`), securityHeaders(disk)]);
  return new Response(file.body, { status: file.status, headers: { 'Content-Type': type, ...headers } });
};

/** The same headers as on Cloudflare, from the same file. */
const securityHeaders = async (disk: Disk): Promise<Record<string, string>> => {
  const lines = (await (await disk.fetch('http://disk/_headers')).text()).split('\n');
  const pairs = lines.filter((line) => /^\s+[A-Za-z-]+:/.test(line)).map((line) => line.trim().split(/:\s*(.*)/s));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]));
};
