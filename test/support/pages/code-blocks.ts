/** A fenced block of code in a page. */
export interface CodeBlock {
  /** The Markdown file. */
  readonly page: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** The first word of the info string: `ts`, `sh`; empty without one. */
  readonly language: string;
  readonly text: string;
  /** The file's name in the info string: ` ```ts todos.ts `. Later blocks of the page import it. */
  readonly file?: string;
  /** Marked `tour`: every line is run in a shell. */
  readonly isTour: boolean;
  /** Marked `continued`: it goes on with the module of the block before it. */
  readonly isContinued: boolean;
  /** The reason of `not-run="…"`: it is checked, but not run. */
  readonly notRun?: string;
  /** The reason of `not-checked="…"`: it is neither checked nor run. */
  readonly notChecked?: string;
}

/** A fence, which may be indented in a list, and everything up to the same fence. */
const FENCES = /^( *)```([^\n`]*)\n([\s\S]*?)^\1```[ ]*$/gm;
/** Code that a page does not show: what its next block needs and readers have already. */
const HIDDEN = /^<!-- (tsx?)( [\w.]+)?\n([\s\S]*?)^-->$/gm;

const reasonIn = (info: string, name: string): string | undefined => new RegExp(`\\b${name}="([^"]+)"`).exec(info)?.[1];

const blockOf = (page: string, line: number, info: string, text: string): CodeBlock => {
  const [language = '', ...words] = info
    .replace(/[\w-]+="[^"]*"/g, '')
    .trim()
    .split(/\s+/);
  const file = words.find((word) => word.includes('.'));
  const [notRun, notChecked] = [reasonIn(info, 'not-run'), reasonIn(info, 'not-checked')];
  return {
    page,
    line,
    language,
    text,
    isTour: words.includes('tour'),
    isContinued: words.includes('continued'),
    ...(file === undefined ? {} : { file }),
    ...(notRun === undefined ? {} : { notRun }),
    ...(notChecked === undefined ? {} : { notChecked }),
  };
};

/** Every block of code in a page, in order; hidden ones, in comments, too. */
export const codeBlocks = (page: string, markdown: string): CodeBlock[] => {
  const lineAt = (index: number): number => markdown.slice(0, index).split('\n').length;
  const fenced = [...markdown.matchAll(FENCES)].map(({ 1: indent = '', 2: info = '', 3: text = '', index }) =>
    blockOf(page, lineAt(index), info, text.replaceAll(new RegExp(`^${indent}`, 'gm'), '')),
  );
  const hidden = [...markdown.matchAll(HIDDEN)].map(({ 1: language = '', 2: file = '', 3: text = '', index }) =>
    blockOf(page, lineAt(index), `${language}${file}`, text),
  );
  return [...fenced, ...hidden].sort((a, b) => a.line - b.line);
};
