import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { anchorOf } from '../../src/docs/anchors.ts';
import { codeBlocks } from './pages/code-blocks.ts';

/** A page of documentation: its path from the repository's root, and its text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

export const readPage = (path: string): Page => ({ path, text: readFileSync(path, 'utf8') });

/** `[words](target)`, images included; not inside a code span. */
const LINKS = /\]\(([^)\s]+)\)/g;
/** A file or folder of this repository as prose, diagrams and code spans mention it; a `*` matches anything but a slash. */
const PATHS = /(?<![\w/.@-])(?:src|test|docs|public|\.github|\.ci)\/[\w./*-]*[\w*]/g;
/** A TypeScript file by the end of its path: `reduce.ts`, `http/routes/push.ts`. */
const ENDS = /(?<![\w/.@*-])[\w-]+(?:\/[\w-]+)*\.tsx?\b/g;
const RULES = /\[([A-Z]\d+)\](?!\()/g;
const HEADINGS = /^#+ (.+)$/gm;
const NAMED_ANCHORS = /<a id="([^"]+)">/g;
/** A row of the glossary whose word is an exported name. */
const GLOSSARY_NAMES = /^\| `(\w+)` \| .* \| `([^`]+)` \|$/gm;

/** Of headings, and those that a page names itself: `<a id="words"></a>`. */
const anchorsIn = (text: string): string[] => [
  ...[...text.matchAll(HEADINGS)].map(([, heading = '']) => anchorOf(heading)),
  ...[...text.matchAll(NAMED_ANCHORS)].map(([, id = '']) => id),
];

/** Relative links of a page that lead nowhere. */
export const brokenLinks = ({ path, text }: Page): string[] =>
  [...text.matchAll(LINKS)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(path, text, target))
    .map((target) => `${path}: ${target}`);

const leadsSomewhere = (path: string, text: string, target: string): boolean => {
  const [file = '', anchor] = target.split('#');
  const to = join(dirname(path), file);
  if (file !== '' && !existsSync(to)) return false;
  return anchor === undefined || anchorsIn(file === '' ? text : readFileSync(to, 'utf8')).includes(anchor);
};

export const mentionedPaths = ({ text }: Page): string[] => [...text.matchAll(PATHS)].map(([path]) => path);

/**
 * Files and folders that a page mentions and that are not there: neither in the repository, nor in a project that it
 * makes or shows, nor a name that the page gives to a block of code.
 *
 * @param files every file of the repository
 */
export const missingPaths = (page: Page, repository: readonly string[]): string[] => {
  const files = [...repository, ...codeBlocks(page.path, page.text).flatMap(({ file }) => file ?? [])];
  const paths = mentionedPaths(page).filter((path) => !isThere(path.replace(/\/$/, ''), files));
  const ends = [...page.text.matchAll(ENDS)]
    .map(([end]) => end)
    .filter((end) => !files.some((file) => file === end || file.endsWith(`/${end}`)));
  return [...new Set([...paths, ...ends])].map((path) => `${page.path}: ${path}`);
};

const isThere = (path: string, files: readonly string[]): boolean => {
  const escaped = path.replaceAll('.', '\\.').replaceAll(/\*+/g, '[^/]*');
  const pattern = new RegExp(`^(?:(?:create|examples)/.*)?${escaped}(?:/|$)`);
  return files.some((file) => pattern.test(file));
};

/** Rule ids that a page quotes and PROTOCOL.md does not define. */
export const unknownRules = ({ path, text }: Page, defined: readonly string[]): string[] =>
  [...text.matchAll(RULES)]
    .map(([, id = '']) => id)
    .filter((id) => !defined.includes(id))
    .map((id) => `${path}: [${id}]`);

/** Names of the glossary with the file that is said to hold each. */
export const glossaryNames = ({ text }: Page): (readonly [name: string, path: string])[] =>
  [...text.matchAll(GLOSSARY_NAMES)].map(([, name = '', path = '']) => [name, path]);

/** Headings of one level, in order. */
export const sectionsOf = ({ text }: Page): string[] =>
  [...text.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title);
