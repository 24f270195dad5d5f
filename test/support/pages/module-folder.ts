import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../../../src/cli/bundle.ts';
import { packagePaths } from './package-paths.ts';
import { isForWorkers, type PageModule } from './page-modules.ts';

/** Inside the repository, so that the modules find its packages. */
const FOLDER = join(root, '.wrangler', 'page-modules');

export const pathOf = ({ page, file }: PageModule): string =>
  join(FOLDER, page.replace(/\.md$/, '').replaceAll('/', '-'), file);

/** What is not said otherwise is checked as strictly as a new project is. */
const COMPILER_OPTIONS = {
  target: 'es2024',
  module: 'esnext',
  moduleResolution: 'bundler',
  jsx: 'react-jsx',
  strict: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
};

const ENVIRONMENTS = {
  browser: { lib: ['es2024', 'dom', 'dom.iterable'], types: ['node'] },
  worker: { lib: ['es2024'], types: ['node', '@cloudflare/workers-types'] },
} as const;

/**
 * Writes modules to a new folder, each page's to one of its own, with a tsconfig for each environment.
 *
 * @param url of the server that takes the place of `http://localhost:8787`
 * @returns the paths of the tsconfigs
 */
export const writeModules = (modules: readonly PageModule[], url: string): string[] => {
  rmSync(FOLDER, { recursive: true, force: true });
  for (const module of modules) {
    mkdirSync(dirname(pathOf(module)), { recursive: true });
    writeFileSync(pathOf(module), module.text.replaceAll('http://localhost:8787', url));
  }
  const paths = Object.fromEntries(Object.entries(packagePaths()).map(([name, path]) => [name, [path]]));
  return (['browser', 'worker'] as const).map((environment) => {
    const files = modules.filter((module) => isForWorkers(module) === (environment === 'worker')).map(pathOf);
    const config = join(FOLDER, `tsconfig.${environment}.json`);
    writeFileSync(
      config,
      JSON.stringify({ files, compilerOptions: { ...COMPILER_OPTIONS, ...ENVIRONMENTS[environment], paths } }),
    );
    return config;
  });
};
