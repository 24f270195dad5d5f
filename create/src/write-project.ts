import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NAMING_FILES, TEMPLATE_NAME, unpackedName } from './template-files.ts';

/** The project to write. */
export interface Project {
  readonly folder: string;
  readonly name: string;
  /** What package.json is to depend on: a version, a range, or the path of a tarball. Default: as the template does. */
  readonly changebucket: string | undefined;
}

const TEMPLATE = fileURLToPath(new URL('../template', import.meta.url));

/** Whether a project may be made there: in no folder yet, or in one with nothing in it but a new repository. */
export const isFree = (folder: string): boolean =>
  !existsSync(folder) || readdirSync(folder).every((name) => name === '.git');

/** Copies the template, names it, and makes the secrets of development. */
export const writeProject = ({ folder, name, changebucket }: Project): void => {
  mkdirSync(folder, { recursive: true });
  for (const packed of readdirSync(TEMPLATE)) {
    cpSync(join(TEMPLATE, packed), join(folder, unpackedName(packed)), { recursive: true });
  }
  for (const file of NAMING_FILES) edit(join(folder, file), (text) => text.replaceAll(TEMPLATE_NAME, name));
  if (changebucket !== undefined) edit(join(folder, 'package.json'), (text) => withDependency(text, changebucket));
  writeFileSync(join(folder, '.dev.vars'), developmentSecrets(), { mode: 0o600 });
};

const edit = (path: string, change: (text: string) => string): void =>
  writeFileSync(path, change(readFileSync(path, 'utf8')));

const withDependency = (text: string, changebucket: string): string => {
  const spec = existsSync(changebucket) ? `file:${resolve(changebucket)}` : changebucket;
  return text.replace(/("changebucket": )"[^"]*"/, (_, member: string) => member + JSON.stringify(spec));
};

const SECRET_BYTES = 32;

const developmentSecrets = (): string => `# The secrets of "npm run dev" on this machine. Git ignores this file.
AUTH_SECRET=${randomBytes(SECRET_BYTES).toString('base64url')}

# Lets anybody sign in under any name, without a password.
DEMO_LOGIN=yes
`;
