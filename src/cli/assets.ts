// Serves the static pages under plain workerd, in place of Cloudflare's static assets.

/** A folder on disk, in the form of a workerd disk service. */
interface Disk {
  fetch(url: string): Promise<Response>;
}

/** The content type of each ending that a file may have. */
const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  md: 'text/markdown; charset=utf-8',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
};

/**
 * A path, as Cloudflare maps it to a file: `/docs/client` is `docs/client.html`. Segments of letters, digits and dashes, and an ending: whatever goes up, is hidden or encoded
 * is no page.
 */
const PATH = /^((?:\/[A-Za-z0-9-]+)+)(?:\.([a-z]+))?$/;

/**
 * The page for a request.
 *
 * @returns undefined for requests to the API, at once; a promise of undefined where there is no such file. The service
 * answers both.
 */
export const pageFor = (request: Request, disk: Disk): Promise<Response | undefined> | undefined => {
  const path = pathOf(request.url);
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (!isRead || path.startsWith('/v1/')) return undefined;
  return serve(disk, path === '/' ? '/index' : path);
};

/** Every request to the service comes through here, and parsing its whole URL would be slow. */
const pathOf = (url: string): string => {
  const [path = ''] = url.slice(url.indexOf('/', url.indexOf('//') + 2)).split('?', 1);
  return path;
};

const serve = async (disk: Disk, path: string): Promise<Response | undefined> => {
  const [, name, ending = 'html'] = PATH.exec(path) ?? [];
  const type = TYPES[ending];
  if (name === undefined || type === undefined) return undefined;
  const [file, headers] = await Promise.all([disk.fetch(`http://disk${name}.${ending}`), securityHeaders(disk)]);
  if (!file.ok) {
    await file.body?.cancel();
    return undefined;
  }
  return new Response(file.body, { headers: { 'Content-Type': type, ...headers } });
};

/** The same headers as on Cloudflare, from the same file. */
const securityHeaders = async (disk: Disk): Promise<Record<string, string>> => {
  const lines = (await (await disk.fetch('http://disk/_headers')).text()).split('\n');
  const pairs = lines.filter((line) => /^\s+[A-Za-z-]+:/.test(line)).map((line) => line.trim().split(/:\s*(.*)/s));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]));
};
