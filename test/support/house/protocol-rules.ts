/** A rule as PROTOCOL.md defines it: `- **[Q3]** …`. */
const DEFINED = /^- \*\*\[([A-Z]\d+)\]\*\*/gm;
/**
 * The first argument of `it`, `test`, `it.each(…)` and `describe`, in any quotes, where the call begins a line: one in
 * a comment or in a string does not count, and neither does a skipped one.
 */
const TITLES =
  /^[ \t]*(?:it|test|describe)(?:\.each\([\s\S]*?\)|\.each`[\s\S]*?`|\.prop\([\s\S]*?\))?\(\s*(['"`])([\s\S]*?)\1/gm;
const BLOCK_COMMENTS = /^[ \t]*\/\*[\s\S]*?\*\//gm;
const QUOTED = /\[([A-Z]\d+)\]/g;

export const definedRules = (protocol: string): string[] => [...protocol.matchAll(DEFINED)].map(([, id]) => id ?? '');

const quotedRules = (tests: readonly string[]): Set<string> =>
  new Set(
    tests
      .flatMap((text) => [...text.replace(BLOCK_COMMENTS, '').matchAll(TITLES)].map(([, , title]) => title ?? ''))
      .flatMap((title) => [...title.matchAll(QUOTED)].map(([, id]) => id ?? '')),
  );

/** Rules without a test, tests without a rule, and rules that are defined twice. */
export const ruleProblems = (protocol: string, tests: readonly string[]): string[] => {
  const defined = definedRules(protocol);
  const quoted = quotedRules(tests);
  return [
    ...defined.filter((id) => !quoted.has(id)).map((id) => `${id} is quoted by no test`),
    ...[...quoted].filter((id) => !defined.includes(id)).map((id) => `${id} is not in PROTOCOL.md`),
    ...defined.filter((id, index) => defined.indexOf(id) !== index).map((id) => `${id} is defined twice`),
  ];
};
