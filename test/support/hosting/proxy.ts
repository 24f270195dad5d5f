import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { makeCertificate } from '../certificate.ts';
import { freePort } from '../servers.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { sleep } from '../wait.ts';
import { hostingFile } from './page.ts';

/** A proxy with TLS before a server, on a port of this machine. */
export interface Proxy {
  /** `https://localhost:…`. */
  readonly url: string;
  /** The certificate that clients have to trust. */
  readonly certificate: string;
  readonly stop: () => Promise<void>;
}

/** Starts Debian's nginx or Caddy with the file of docs/hosting.md; names, ports and certificates are those of the test. */
export const startProxy = async (kind: 'nginx' | 'caddy', target: string): Promise<Proxy> => {
  const folder = temporaryFolder();
  const [port, { host: inner }] = [await freePort(), new URL(target)];
  const [certificate, key] = makeCertificate(folder);
  const config = kind === 'nginx' ? nginxConfig(folder, port) : caddyConfig(port, certificate, key);
  const file = join(folder, 'config');
  writeFileSync(
    file,
    config
      .replaceAll('127.0.0.1:8787', inner)
      .replace(/\/etc\/letsencrypt\S+fullchain\.pem/, certificate)
      .replace(/\/etc\/letsencrypt\S+privkey\.pem/, key),
  );
  const args =
    kind === 'nginx'
      ? ['-p', folder, '-c', file, '-g', 'daemon off;']
      : ['run', '--adapter', 'caddyfile', '--config', file];
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const child = spawn(kind, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const url = `https://localhost:${port}`;
  await answers(child, port);
  return { url, certificate, stop: () => stop(child) };
};

/** The file belongs into `http { }` of Debian's nginx.conf. */
const nginxConfig = (folder: string, port: number): string => {
  mkdirSync(join(folder, 'temporary'));
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, 'temporary', name)};`)
    .join(' ');
  const site = hostingFile('changebucket.conf')
    .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
    .replace('state.example.com', 'localhost');
  return `master_process off; pid ${join(folder, 'pid')}; error_log stderr; events {} http { access_log off; ${paths}\n${site} }`;
};

const caddyConfig = (port: number, certificate: string, key: string): string => {
  const site = hostingFile('Caddyfile').replace('state.example.com', `https://localhost:${port}`);
  return `{\nadmin off\nauto_https disable_redirects\n}\n${site.replace('{\n', `{\n\tbind 127.0.0.1\n\ttls ${certificate} ${key}\n`)}`;
};

const answers = async (child: ChildProcess, port: number): Promise<void> => {
  let printed = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  for (let tries = 0; tries < 200 && child.exitCode === null; tries += 1) {
    const isOpen = await listens(port);
    if (isOpen) return;
    await sleep(50);
  }
  throw new Error(`the proxy did not start:\n${printed}`);
};

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(() => resolve(true)));
    socket.on('error', () => resolve(false));
  });

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  // Caddy would wait a minute for the last connection.
  child.kill('SIGKILL');
  await ended;
};
