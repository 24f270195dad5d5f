import type { CodeBlock } from './code-blocks.ts';

/** A module that the blocks of one page make. */
export interface PageModule {
  readonly page: string;
  /** Its file's name: `todos.ts`, or `line-12.ts` for one that no other imports. */
  readonly file: string;
  readonly text: string;
  /** Why it is not run. */
  readonly notRun?: string;
}

const LANGUAGES = ['ts', 'tsx', 'js', 'jsx'];

/**
 * The modules of one page's blocks. A block that is marked as `continued`, and the block after a hidden one without a
 * name, go on with the module before them.
 */
export const pageModules = (blocks: readonly CodeBlock[]): PageModule[] => {
  const modules: PageModule[] = [];
  for (const block of blocks) {
    if (!LANGUAGES.includes(block.language) || block.notChecked !== undefined) continue;
    const last = modules.at(-1);
    if (block.isContinued && last !== undefined) modules.splice(-1, 1, joined(last, block));
    else modules.push(moduleOf(block));
  }
  return modules;
};

const moduleOf = ({
  page,
  line,
  language,
  file = `line-${line}.${language}`,
  text,
  notRun,
}: CodeBlock): PageModule => ({
  page,
  file,
  text,
  ...(notRun === undefined ? {} : { notRun }),
});

const joined = (module: PageModule, { text, notRun }: CodeBlock): PageModule => ({
  ...module,
  text: `${module.text}\n${text}`,
  ...(notRun === undefined ? {} : { notRun }),
});

/** How a module is run: a Worker is started, a test is run by vitest, any other is imported by Node. */
export type Runtime = 'worker' | 'test' | 'node';

/** Whether a module is for a Worker: it uses the server's package or Cloudflare's modules. */
export const isForWorkers = ({ text }: PageModule): boolean =>
  /from '(?:changebucket\/server|cloudflare:\w+)'/.test(text);

export const runtimeOf = (module: PageModule): Runtime => {
  if (/\.test\.tsx?$/.test(module.file)) return 'test';
  return isForWorkers(module) ? 'worker' : 'node';
};
