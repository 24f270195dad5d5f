/** The options of one start. */
export interface ServeOptions {
  /** `host:port`. */
  readonly address: string;
  /** The folder of the SQLite files. */
  readonly data: string;
  /** The folder of static files; undefined for none. */
  readonly assets?: string | undefined;
  /** The folder for scheduled backups; undefined for none. */
  readonly backups?: string | undefined;
  /** Names of environment variables that the Worker gets. */
  readonly variables: readonly string[];
  /** Whether requests to this machine need no token. */
  readonly access: 'open' | 'closed';
}

/** The configuration of plain workerd for a bundle in the same folder, as Cap'n Proto text. */
export const workerdConfig = ({ address, data, assets, backups, variables, access }: ServeOptions): string => `
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "changebucket", worker = .changebucket),
    (name = "data", disk = (path = ${JSON.stringify(data)}, writable = true)),
${assets === undefined ? '' : `    (name = "public", disk = (path = ${JSON.stringify(assets)})),\n`}${backups === undefined ? '' : `    (name = "backups", disk = (path = ${JSON.stringify(backups)}, writable = true)),\n`}    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = ${JSON.stringify(address)}, http = (), service = "changebucket")],
);

const changebucket :Workerd.Worker = (
  compatibilityDate = "2026-10-01",
  compatibilityFlags = ["no_web_socket_compression"],
  modules = [
    (name = "main.js", esModule = embed "main.js"),
    (name = "index.js", esModule = embed "index.js"),
    (name = "assets.js", esModule = embed "assets.js"),
  ],
  durableObjectNamespaces = [
    (className = "Application", uniqueKey = "changebucket-application", enableSql = true),
    (className = "Directory", uniqueKey = "changebucket-directory", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "data"),
  bindings = [
${assets === undefined ? '' : '    (name = "PUBLIC", service = "public"),\n'}${backups === undefined ? '' : '    (name = "BACKUPS_FOLDER", service = "backups"),\n'}    (name = "APPLICATION", durableObjectNamespace = "Application"),
    (name = "DIRECTORY", durableObjectNamespace = "Directory"),
${variables.map((name) => `    (name = "${name}", fromEnvironment = "${name}"),\n`).join('')}${
  access === 'open' ? '    (name = "CHANGEBUCKET_OPEN", text = "loopback"),\n' : ''
}  ],
);
`;
