import type { Answer } from './probing/answer.ts';
import { Probe } from './probing/probe.ts';
import type { Check } from './probing/rule.ts';
import type { Facilities, Target } from './probing/target.ts';
import { NotTestable, Violation } from './probing/violation.ts';
import { RULES } from './rules/table.ts';

/** What came of a rule. */
export interface RuleResult {
  /** As in PROTOCOL.md: `Q3`. */
  readonly rule: string;
  readonly outcome: 'passed' | 'failed' | 'not testable';
  /** What the server does instead, or why the rule cannot be tried. */
  readonly detail?: string;
  readonly ms: number;
}

/** Which rules to try, and how. */
export interface RunOptions {
  /** Ids, or the letters that they begin with. Default: all. */
  readonly only?: readonly string[];
  /** Called with each result as it comes. */
  readonly onResult?: (result: RuleResult) => void;
}

/** Checks at the same time: most of their time is the way to the server. */
const CHECKS_AT_ONCE = 4;
/** A check that takes longer has failed. */
const CHECK_MS_MAX = 30_000;

/**
 * Tries the rules of the protocol on a deployment. The applications that it makes are deleted at the end.
 *
 * @returns a result for each rule, in the order of PROTOCOL.md
 * @throws TypeError when the deployment cannot be reached
 */
export const checkConformance = async (target: Target, { only, onResult }: RunOptions = {}): Promise<RuleResult[]> => {
  const probe = new Probe(target, await findFacilities(target));
  const rules = Object.entries(RULES).filter(([id]) => only === undefined || only.some((each) => covers(each, id)));
  const results = new Map<string, RuleResult>();
  const waiting = [...rules];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [rule, check] = next;
      const result = await tryRule(probe, rule, check);
      results.set(rule, result);
      onResult?.(result);
    }
  };
  try {
    await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, work));
  } finally {
    await probe.cleanUp();
  }
  return rules.flatMap(([rule]) => results.get(rule) ?? []);
};

/** Those of the names in `only` that no rule and no section has. */
export const unknownRules = (only: readonly string[]): readonly string[] =>
  [...new Set(only)].filter((each) => !Object.keys(RULES).some((id) => covers(each, id)));

const covers = (wanted: string, id: string): boolean => wanted === id || wanted === id.replace(/\d+$/, '');

/** Finds out what the deployment has. */
const findFacilities = async (target: Target): Promise<Facilities> => {
  const probe = new Probe(target, { kind: '', isOpen: false });
  const unknown = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Changebucket-Kind': 'no-such-kind' },
  };
  const path = `/v1/apps/${target.owner}/conformance-kinds/changes`;
  const answer = await probe.ask(path, { ...unknown, body: '{"name":"x"}' });
  const kinds = answer.members['kinds'];
  const kind = ['conformance', 'document'].find((each) => Array.isArray(kinds) && kinds.includes(each));
  if (kind === undefined) throw new TypeError(noKind(kinds, answer, target));
  const anonymous = await probe.ask(`/v1/apps/${target.owner}`, { token: null });
  return { kind, isOpen: anonymous.status === 200 };
};

const noKind = (kinds: unknown, { text, status }: Answer, { token }: Target): string => {
  if (status === 401) return `It ${token === undefined ? 'wants a token' : 'does not take your token'}. ${text}`;
  return Array.isArray(kinds)
    ? `Its kinds are ${kinds.join(', ')}: add \`conformance\` from \`changebucket/conformance\` to the kinds of your Worker, or \`document\`.`
    : `It does not answer as Changebucket does: ${text}`;
};

const tryRule = async (probe: Probe, rule: string, check: Check | string): Promise<RuleResult> => {
  if (typeof check === 'string') return { rule, outcome: 'not testable', detail: check, ms: 0 };
  const begun = Date.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Violation(`The check took more than ${CHECK_MS_MAX / 1_000} s.`)),
      CHECK_MS_MAX,
    );
  });
  try {
    await Promise.race([check(probe), late]);
    return { rule, outcome: 'passed', ms: Date.now() - begun };
  } catch (error) {
    const outcome = error instanceof NotTestable ? 'not testable' : 'failed';
    return { rule, outcome, detail: sentenceOf(error), ms: Date.now() - begun };
  } finally {
    clearTimeout(timer);
  }
};

/** A check that stumbles over an answer of another form has failed, too. */
const sentenceOf = (error: unknown): string => {
  if (error instanceof Violation || error instanceof NotTestable) return error.message;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
};
