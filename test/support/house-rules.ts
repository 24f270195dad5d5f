/** A rule as PROTOCOL.md defines it: `- **[Q3]** …`. */
const DEFINED = /^- \*\*\[([A-Z]\d+)\]\*\*/gm;
/** The first argument of `it`, `test`, `it.each(…)` and `describe`, in any quotes. */
const TITLES =
  /\b(?:it|test|describe)(?:\.each\([\s\S]*?\)|\.each`[\s\S]*?`|\.prop\([\s\S]*?\))?\(\s*(['"`])([\s\S]*?)\1/g;
const QUOTED = /\[([A-Z]\d+)\]/g;

export const definedRules = (protocol: string): string[] => [...protocol.matchAll(DEFINED)].map(([, id]) => id ?? '');

const quotedRules = (tests: readonly string[]): Set<string> =>
  new Set(
    tests
      .flatMap((text) => [...text.matchAll(TITLES)].map(([, , title]) => title ?? ''))
      .flatMap((title) => [...title.matchAll(QUOTED)].map(([, id]) => id ?? '')),
  );

/** Rules without a test, tests without a rule, and rules that are defined twice. */
export const ruleTrouble = (protocol: string, tests: readonly string[]): string[] => {
  const defined = definedRules(protocol);
  const quoted = quotedRules(tests);
  return [
    ...defined.filter((id) => !quoted.has(id)).map((id) => `${id} is quoted by no test`),
    ...[...quoted].filter((id) => !defined.includes(id)).map((id) => `${id} is not in PROTOCOL.md`),
    ...defined.filter((id, index) => defined.indexOf(id) !== index).map((id) => `${id} is defined twice`),
  ];
};
