// Serves static files under plain workerd, in place of Cloudflare's static assets, and like them.

/** A folder on disk, in the form of a workerd disk service. */
interface Disk {
  fetch(url: string): Promise<Response>;
}

/** The bindings; without a folder of files `PUBLIC` is absent. */
interface Bindings {
  readonly PUBLIC?: Disk;
}

/** A Worker's handler of requests. */
type Fetch<Context> = (request: Request, env: Bindings, ctx: Context) => Response | Promise<Response>;

/** Answers with the file at the path of a request, or else with what the Worker answers. */
export const withPages =
  <Context>(worker: { readonly fetch: Fetch<Context> }): Fetch<Context> =>
  async (request, env, ctx) => {
    const page = env.PUBLIC === undefined ? undefined : await pageFor(request, env.PUBLIC);
    return page ?? worker.fetch(request, env, ctx);
  };

/** Configuration, not content. Files with a leading dot are not served by workerd. */
const NEVER_SERVED = new Set(['/_headers', '/_redirects']);

const pageFor = async (request: Request, disk: Disk): Promise<Response | undefined> => {
  const path = pathOf(request.url);
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (!isRead || path.startsWith('/v1/') || NEVER_SERVED.has(path)) return undefined;
  for (const file of filesFor(path)) {
    const found = await read(disk, file);
    if (found === undefined) continue;
    // Links on that page are relative to the folder.
    if (file === `${path}/index.html`) return new Response(null, { status: 307, headers: { Location: `${path}/` } });
    return response(found, file, await headersFor(path, disk));
  }
  return undefined;
};

/** Every request to the service comes through here, and parsing its whole URL would be slow. */
const pathOf = (url: string): string => {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  const [path = '/'] = url.slice(start).split(/[?#]/, 1);
  return path;
};

/** `/docs` is `docs.html` or `docs/index.html`; `/docs/` is the latter. */
const filesFor = (path: string): readonly string[] => {
  if (path.endsWith('/')) return [`${path}index.html`];
  return /\.[^/]+$/.test(path) ? [path] : [path, `${path}.html`, `${path}/index.html`];
};

const read = async (disk: Disk, file: string): Promise<Response | undefined> => {
  const answer = await disk.fetch(`http://disk${file}`);
  // A folder is a list in JSON; a file is never sent with that type.
  if (answer.ok && answer.headers.get('Content-Type') !== 'application/json') return answer;
  await answer.body?.cancel();
  return undefined;
};

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  gif: 'image/gif',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  jpg: 'image/jpeg',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
  md: 'text/markdown; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  wasm: 'application/wasm',
  webmanifest: 'application/manifest+json',
  webp: 'image/webp',
  woff2: 'font/woff2',
  xml: 'application/xml',
};

const response = ({ status, body }: Response, file: string, headers: Readonly<Record<string, string>>): Response => {
  const type = TYPES[file.slice(file.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream';
  return new Response(body, { status, headers: { 'Content-Type': type, ...headers } });
};

/** What the file `_headers` says of a path: a pattern on a line of its own, with its headers indented below. */
const headersFor = async (path: string, disk: Disk): Promise<Readonly<Record<string, string>>> => {
  const file = await read(disk, '/_headers');
  const headers: Record<string, string> = {};
  let isMeant = false;
  for (const line of file === undefined ? [] : (await file.text()).split('\n')) {
    const [, name, value] = /^\s+([A-Za-z-]+):\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) {
      if (isMeant) headers[name] = value;
    } else if (line.startsWith('/')) isMeant = matches(line.trim(), path);
  }
  return headers;
};

const matches = (pattern: string, path: string): boolean =>
  pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
