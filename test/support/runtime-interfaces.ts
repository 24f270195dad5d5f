import { readFileSync } from 'node:fs';
import { analyze } from 'eslint-scope';
import { parseSync } from 'oxc-parser';

/** What a Worker's bundle uses of the runtime around it. */
export interface RuntimeInterfaces {
  /** Names that nothing in the bundle declares, without those of the language itself. */
  readonly globals: readonly string[];
  /** `module: name` of everything that is imported. */
  readonly imports: readonly string[];
  /** Members that the types of a Durable Object's surroundings declare and the bundle names, without everyday ones. */
  readonly objects: readonly string[];
}

/** The types of the runtime whose members differ from host to host. */
const TYPES = [
  ...['DurableObjectState', 'DurableObjectStorage', 'SyncKvStorage', 'SqlStorage', 'SqlStorageCursor'],
  ...['DurableObjectNamespace', 'WebSocket', 'ExecutionContext'],
];

/** Finds them by the scopes of a parsed bundle: a local variable of the same name does not count as a global. */
export const runtimeInterfaces = (bundle: string): RuntimeInterfaces => {
  const { program } = parseSync('bundle.js', bundle, { range: true });
  const { globalScope } = analyze(program as never, { ecmaVersion: 2022, sourceType: 'module' });
  const free = new Set(globalScope?.through.map(({ identifier }) => identifier.name));
  const members = new Set(membersIn(program));
  return {
    globals: [...free].filter((name) => !LANGUAGE.has(name)).sort(),
    imports: [...new Set(importsOf(bundle))].sort(),
    objects: [...new Set(TYPES.flatMap(membersOfType))]
      .filter((name) => members.has(name) && !EVERYDAY.has(name))
      .sort(),
  };
};

/** Members that everyday objects have, too: of these the bundle says nothing about the runtime. */
const EVERYDAY = new Set([
  'accept',
  'access',
  'close',
  'delete',
  'get',
  'id',
  'list',
  'next',
  'protocol',
  'put',
  'send',
  'url',
]);

/** The global names of ECMAScript, which every host has. */
const LANGUAGE = new Set([
  ...['Array', 'Boolean', 'Date', 'Error', 'Infinity', 'JSON', 'Map', 'Math', 'NaN', 'Number', 'Object', 'Promise'],
  ...['Proxy', 'RangeError', 'Reflect', 'RegExp', 'Set', 'String', 'Symbol', 'SyntaxError', 'TypeError', 'URIError'],
  ...['Uint8Array', 'Uint16Array', 'Uint32Array', 'ArrayBuffer', 'DataView', 'BigInt', 'WeakMap', 'WeakRef', 'WeakSet'],
  ...['decodeURI', 'decodeURIComponent', 'encodeURI', 'encodeURIComponent', 'isFinite', 'isNaN', 'parseFloat'],
  ...['parseInt', 'undefined', 'arguments', 'globalThis', 'Iterator', 'Intl', 'AggregateError', 'Float64Array'],
]);

const importsOf = (bundle: string): string[] =>
  parseSync('bundle.js', bundle).module.staticImports.flatMap(({ moduleRequest, entries }) =>
    entries.map(({ importName }) => `${moduleRequest.value}: ${importName.name ?? '*'}`),
  );

/** Names after a dot, and names that a pattern takes out of an object. */
const membersIn = function* (node: unknown): Generator<string> {
  if (typeof node !== 'object' || node === null) return;
  const { type, computed, property, key } = node as Record<string, { name?: string } & string>;
  const named = type === 'MemberExpression' && !computed ? property : type === 'Property' ? key : undefined;
  if (named?.name !== undefined) yield named.name;
  for (const child of Object.values(node)) yield* membersIn(child);
};

let types: string | undefined;

const membersOfType = (name: string): string[] => {
  types ??= readFileSync('node_modules/@cloudflare/workers-types/index.d.ts', 'utf8');
  const declared = new RegExp(
    `(?:interface|class) ${name}(?:<[^{]*)?(?: extends [^{]+)?\\s*\\{([\\s\\S]*?)\\n\\}`,
  ).exec(types);
  if (declared?.[1] === undefined) throw new Error(`the types of the runtime have no ${name}`);
  return [...declared[1].matchAll(/^ {2}(?:readonly |get |set |abstract )*(\w+)[?(:<]/gm)].map(
    ([, member = '']) => member,
  );
};
