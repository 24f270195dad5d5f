import { basename } from 'node:path';
import { type Node, Visitor } from 'oxc-parser';
import type { Banned } from './glossary.ts';
import type { SourceFile } from './source-files.ts';

/** The parts of a name in lower case: `parseHTTPDate` and `PARSE_HTTP_DATE` are `parse`, `http`, `date`. */
export const partsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part !== '');

/** The names that a file gives. Members that it only reads may be the platform's: `Math.floor`, `event.wake`. */
export const identifiersOf = (file: SourceFile): Set<string> => {
  const read = new Set<Node>();
  const names = new Set<string>();
  new Visitor({
    MemberExpression: ({ property, computed }) => {
      if (!computed) read.add(property);
    },
    ImportSpecifier: ({ imported }) => {
      read.add(imported);
    },
    PrivateIdentifier: ({ name }) => {
      names.add(`#${name}`);
    },
    Identifier: (node) => {
      if (!read.has(node)) names.add(node.name);
    },
  }).visit(file.program);
  return names;
};

/** The parts between spaces: a word is used where it is found in between. */
const spaced = (name: string): string => ` ${partsOf(name).join(' ')} `;

/** Every use of a banned word in a file's identifiers and in its name. */
export const bannedWords = (file: SourceFile, glossary: readonly Banned[]): string[] => {
  const banned = glossary
    .filter(({ within }) => within === undefined || file.path.startsWith(`${within}/`))
    .map((each) => ({ ...each, parts: spaced(each.word) }));
  return [basename(file.path), ...identifiersOf(file)].flatMap((name) => {
    const parts = spaced(name);
    return banned
      .filter((each) => parts.includes(each.parts))
      .map(({ word, use }) => `${file.path}: ${name} uses "${word}"; the word is ${use}`);
  });
};
