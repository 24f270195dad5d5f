import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const ROOT = join(import.meta.dirname, '../..');
/** Inside the project, so that the declarations find their dependencies in node_modules. */
const WORK = join(ROOT, '.wrangler/api');
const KEPT = join(ROOT, 'docs/api');

interface ApiEntry {
  /** `changebucket` for `.`, `react` for `./react`. */
  readonly name: string;
  /** The entry's declarations, relative to the output folder: `client/index.d.ts`. */
  readonly declarations: string;
}

/** The entries of package.json that have types. */
export const apiEntries = (): ApiEntry[] => {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return Object.entries<{ types?: string }>(exports).flatMap(([path, { types }]) =>
    types === undefined
      ? []
      : [{ name: path === '.' ? 'changebucket' : path.slice(2), declarations: types.replace('./dist/', '') }],
  );
};

/** The same declarations that `npm run package` emits, without its JavaScript and without touching `dist`. */
const emitDeclarations = (): void => {
  rmSync(WORK, { recursive: true, force: true });
  const flags = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--rootDir', 'src', '--outDir', WORK];
  for (const folder of ['core', 'client', 'api', 'react', 'tanstack-db', 'testing', 'conformance', 'server']) {
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    const { status, stdout } = spawnSync(tsc, ['-p', `src/${folder}`, ...flags], { cwd: ROOT, encoding: 'utf8' });
    if (status !== 0) throw new Error(`src/${folder} does not compile:\n${stdout}`);
  }
};

const SILENT = { logLevel: ExtractorLogLevel.None, addToApiReportFile: false };

/** TypeScript 6 reads what TypeScript 7 emitted: 7 has no API in JavaScript yet. */
const COMPILER_OPTIONS = {
  target: 'es2024',
  lib: ['es2024', 'dom', 'dom.iterable'],
  module: 'esnext',
  moduleResolution: 'bundler',
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  noEmit: true,
};

const configuration = ({ name, declarations }: ApiEntry): ExtractorConfig => {
  const entry = join(WORK, declarations);
  const types = name === 'server' ? ['@cloudflare/workers-types'] : [];
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(ROOT, 'package.json'),
    configObject: {
      projectFolder: ROOT,
      mainEntryPointFilePath: entry,
      newlineKind: 'lf',
      compiler: { overrideTsconfig: { compilerOptions: { ...COMPILER_OPTIONS, types }, files: [entry] } },
      apiReport: {
        enabled: true,
        includeForgottenExports: true,
        reportFileName: `${name}.api.md`,
        reportFolder: join(WORK, 'reports'),
        reportTempFolder: join(WORK, 'temp'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        extractorMessageReporting: { default: SILENT, 'ae-forgotten-export': SILENT },
        tsdocMessageReporting: { default: SILENT },
      },
    },
  });
};

interface ApiReport {
  readonly name: string;
  /** Where the repository keeps it. */
  readonly path: string;
  readonly text: string;
}

/** A report for each entry of the package: every export, and every type of ours that can be reached from one. */
export const apiReports = (): ApiReport[] => {
  emitDeclarations();
  mkdirSync(join(WORK, 'reports'), { recursive: true });
  return apiEntries().map((entry) => {
    const { extractorConfig, succeeded } = Extractor.invoke(configuration(entry), {
      localBuild: true,
      messageCallback: (message) => {
        // The console gets errors only.
        message.handled = message.logLevel !== ExtractorLogLevel.Error;
      },
    });
    if (!succeeded) throw new Error(`api-extractor failed for ${entry.name}`);
    return {
      name: entry.name,
      path: join(KEPT, `${entry.name}.api.md`),
      text: readFileSync(extractorConfig.reportFilePath, 'utf8'),
    };
  });
};

// `npm run api`
if (import.meta.main) {
  mkdirSync(KEPT, { recursive: true });
  for (const { path, text } of apiReports()) writeFileSync(path, text);
}
