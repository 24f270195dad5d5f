import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EcmaScriptModule, type Program, parseSync } from 'oxc-parser';

/** A TypeScript file, parsed. */
export interface SourceFile {
  /** Relative to the folder that was read: `client/push/push-loop.ts`. */
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly module: EcmaScriptModule;
}

export const parseSource = (path: string, text: string): SourceFile => {
  const { program, module, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path} does not parse: ${error.message}`);
  return { path, text, program, module };
};

/** Every `.ts` and `.tsx` file below a folder, by path. */
export const readSourceFiles = (folder: string): SourceFile[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    // The other systems of the benchmark have packages of their own.
    .filter((path) => /\.tsx?$/.test(path) && !path.includes('node_modules'))
    .sort()
    .map((path) => parseSource(path, readFileSync(join(folder, path), 'utf8')));
