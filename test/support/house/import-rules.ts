/**
 * A permission to import: a folder with all that is in it (`core/json`), a file (`core/definition.ts`) or a package with
 * its entries (`hono`). After `type:` it is for types only: nothing of it is there at run time.
 */
export type Permission = string;

export interface Layer {
  readonly imports: readonly Permission[];
  readonly packages: readonly Permission[];
  /** Said when a file breaks the rule. */
  readonly reason: string;
}

/** What each part of src may import from the other parts and from npm. A file belongs to the longest name that fits. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  protocol: { imports: [], packages: [], reason: 'protocol imports nothing' },
  core: {
    imports: ['protocol'],
    packages: ['type:@standard-schema/spec'],
    reason: 'core imports only protocol: it runs on both ends, and any library would weigh on both',
  },
  applications: {
    imports: ['core', 'type:protocol'],
    packages: ['valibot'],
    reason: 'applications run on both ends: core, protocol and a schema library only',
  },
  client: {
    imports: ['core', 'protocol', 'applications/document.ts'],
    packages: [],
    reason: 'the client knows core, protocol and the default definition only, never the server',
  },
  api: {
    imports: ['client/platform', 'client/transport/event-parser.ts', 'type:core', 'protocol'],
    packages: [],
    reason: 'the API sends requests as the client does, and knows nothing of its state, its queue or the server',
  },
  react: {
    imports: [
      'type:client',
      'client/state/equal-selections.ts',
      'client/state/status.ts',
      'type:core/definition.ts',
      'type:protocol/json.ts',
    ],
    packages: ['react'],
    reason:
      'react knows the types of the client only, how selections are compared, and the status of one that has not connected',
  },
  'tanstack-db': {
    imports: ['type:client', 'type:core/definition.ts'],
    packages: ['type:@tanstack/db'],
    reason: 'the collection knows the types of the client only: what it needs of the client, the client has',
  },
  testing: {
    imports: ['client', 'core', 'protocol'],
    packages: ['type:@standard-schema/spec', 'type:fast-check'],
    reason:
      'the testing kit runs in any test runner, also in a DOM: it knows the client and the core, never the server',
  },
  demo: {
    imports: ['applications', 'client', 'protocol/position.ts', 'react'],
    packages: ['react', 'react-dom'],
    reason: 'what runs in a browser never imports the server',
  },
  'server/logging': { imports: ['core/limits'], packages: [], reason: 'the log knows nothing of what it is told' },
  'server/rpc': {
    imports: ['type:core/definition.ts', 'core/json', 'protocol'],
    packages: ['valibot'],
    reason: 'what passes between Worker and object knows neither of the two',
  },
  'server/access': {
    imports: ['type:core/definition.ts', 'core/json', 'core/limits', 'protocol', 'server/logging', 'server/rpc'],
    packages: ['jose', 'valibot'],
    reason: 'access knows tokens, not requests',
  },
  'server/backups': {
    imports: ['protocol', 'server/logging', 'server/rpc'],
    packages: ['node:crypto'],
    reason: 'backups ask applications over RPC, and know nothing of HTTP',
  },
  'server/directory': {
    imports: ['server/backups', 'protocol', 'server/logging', 'server/rpc'],
    packages: ['cloudflare:workers'],
    reason: 'an object knows core, protocol and access only: nothing of HTTP, of the commands, or of what is deployed',
  },
  'server/application': {
    imports: ['core', 'protocol', 'server/access', 'type:server/directory', 'server/logging', 'server/rpc'],
    packages: ['cloudflare:workers', 'node:crypto', 'node:zlib', 'valibot'],
    reason: 'an object knows core, protocol and access only: nothing of HTTP, of the commands, or of what is deployed',
  },
  'server/http': {
    imports: ['core', 'protocol', 'server/access', 'server/backups', 'server/logging', 'server/rpc'],
    packages: ['@valibot/to-json-schema', 'hono', 'valibot'],
    reason: 'http knows the messages and types of the objects only: what it asks of them goes over RPC',
  },
  'server/bucket': {
    imports: [
      'type:core/change-of.ts',
      'type:core/definition.ts',
      'core/json',
      'protocol',
      'server/access',
      'server/http',
      'type:server/rpc',
    ],
    packages: [],
    reason: 'the bucket asks the objects what http asks them, and in the same way',
  },
  server: {
    imports: [
      'applications/document.ts',
      'type:core',
      'server/access',
      'server/application',
      'server/bucket',
      'server/directory',
      'server/http',
    ],
    packages: ['zlib'],
    reason: 'the entry only puts the parts of the server together',
  },
  conformance: {
    imports: [
      'applications/document.ts',
      'client/platform/parse-json.ts',
      'client/transport/event-parser.ts',
      'core',
      'protocol',
    ],
    packages: ['node:http', 'node:https', 'valibot'],
    reason: 'the conformance kit tries any server from outside: it knows the protocol, and nothing of this server',
  },
  cli: {
    imports: [
      'api',
      'client/platform/parse-json.ts',
      'client/platform/problem-error.ts',
      'client/platform/token-claims.ts',
      'client/transport/poll-interval.ts',
      'conformance',
      'core/prices.ts',
      'protocol',
      'server/access',
      'server/application/cost/budget.ts',
      'server/application/cost/subject-rates.ts',
      'server/application/deletion/settings.ts',
      'server/backups/backup-settings.ts',
      'server/http/request/max-stale.ts',
    ],
    packages: [
      'type:esbuild',
      'node:child_process',
      'node:crypto',
      'node:events',
      'node:fs',
      'node:fs/promises',
      'node:module',
      'node:net',
      'node:os',
      'node:path',
      'node:stream',
      'node:url',
      'node:util',
    ],
    reason:
      'commands start other processes, ask over HTTP and calculate: they run nothing of the service in their own, and read its settings as it does',
  },
  docs: {
    imports: ['type:client/platform/problem-error.ts', 'protocol/problem-guide.ts', 'protocol/problems.ts'],
    packages: ['esbuild', 'marked', 'node:fs', 'node:path'],
    reason: 'the documentation is made from Markdown, and from the table of problems',
  },
  '': {
    imports: ['applications', 'server'],
    packages: [],
    reason: 'the deployment only picks the definitions that it runs',
  },
};

/**
 * What the folders inside a layer may import from each other, from the bottom to the top. `.` stands for the files
 * directly in the layer.
 */
export const FOLDERS: Readonly<Record<string, Readonly<Record<string, readonly Permission[]>>>> = {
  core: {
    json: [],
    limits: [],
    state: ['json'],
    patch: ['json', 'type:state'],
    '.': ['json', 'state'],
    drain: ['json', 'type:state', 'type:definition.ts'],
  },
  client: {
    platform: [],
    presence: ['platform'],
    push: ['platform'],
    state: ['platform', 'push', 'type:presence'],
    storage: ['platform', 'push', 'state'],
    transport: ['platform', 'push', 'presence', 'type:state'],
    sync: ['platform', 'push', 'type:presence', 'state', 'storage', 'type:transport'],
    undo: ['platform', 'push', 'type:state', 'type:sync'],
    '.': ['platform', 'presence', 'push', 'state', 'storage', 'sync', 'transport', 'undo'],
  },
  cli: {
    'command-line': [],
    cost: [],
    processes: ['command-line'],
    worker: ['command-line', 'processes'],
    http: ['command-line'],
    commands: [
      'check-settings.ts',
      'command-line',
      'cost',
      'http',
      'processes',
      'token-arguments.ts',
      'worker',
      'workerd-config.ts',
    ],
    '.': ['command-line', 'commands', 'worker'],
  },
  conformance: {
    probing: [],
    rules: ['probing'],
    '.': ['probing', 'rules'],
  },
  'server/application': {
    cost: [],
    storage: ['type:cost'],
    state: ['storage'],
    admission: ['state', 'storage'],
    commit: ['type:cost', 'state', 'storage'],
    deletion: ['type:commit', 'cost', 'state', 'storage'],
    drain: ['commit', 'type:cost', 'state', 'storage'],
    accept: ['commit', 'type:cost', 'state', 'storage'],
    read: ['cost', 'state', 'storage'],
    backup: ['state', 'storage'],
    restore: ['backup', 'commit', 'read', 'state', 'storage'],
    live: ['type:accept', 'admission', 'cost', 'read', 'state', 'storage'],
    recovery: ['cost', 'live', 'state', 'storage'],
    '.': [
      'accept',
      'admission',
      'backup',
      'commit',
      'cost',
      'deletion',
      'drain',
      'live',
      'read',
      'recovery',
      'restore',
      'state',
      'storage',
    ],
  },
  'server/http': {
    request: [],
    response: ['type:request'],
    object: ['type:request'],
    guard: ['request', 'response'],
    socket: [],
    operator: ['object', 'type:openapi', 'request'],
    routes: ['metrics', 'object', 'operator', 'request', 'response', 'socket'],
    openapi: ['request'],
    operations: ['openapi', 'request', 'routes'],
    metrics: [],
    '.': ['guard', 'openapi', 'operations', 'operator', 'request', 'response'],
  },
};
