import { claimsOf, subjectOf } from '../../client/platform/token-claims.ts';
import type { Target } from '../../conformance/probing/target.ts';
import { checkConformance, type RuleResult, unknownRules } from '../../conformance/run.ts';
import { encodeOwner } from '../../protocol/owners.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { baseOf } from '../http/connection.ts';
import { mintFromEnvironment } from '../token-arguments.ts';

const HELP = `Tries the rules of the protocol on a deployment, from outside: which of them passed, failed, or cannot be tried there.

Usage: npx changebucket conformance https://example.workers.dev [--token … | --secret] [--only Q,S3] [--json]

  --token   of the subject whose applications it makes and deletes again, named conformance-…
            (default: CHANGEBUCKET_TOKEN; others can see a flag in the list of processes, so rather set the variable)
  --secret  makes tokens of several subjects, for the rules about their rights; it takes no value, the secret is AUTH_SECRET
  --only    rules, or sections by their letter, separated by commas
  --json    {"rule","outcome","detail"?,"ms"} as a line of JSON for each rule, and {"passed","failed","notTestable"} at the end

Exit status: 0 when no rule failed, 1 when one did, 2 for a wrong call, 3 when nothing answers or no kind can be tried.
Environment: AUTH_SECRET for --secret; AUTH_ISSUER and AUTH_AUDIENCE if the deployment requires them
`;

const OPTIONS = {
  token: { type: 'string' },
  secret: { type: 'boolean', default: false },
  only: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

const SUBJECT = 'conformance';

const run = async (args: readonly string[]): Promise<void> => {
  refuseSecretAsValue(args);
  const { values, positionals } = readArguments(args, OPTIONS, [1, 1]);
  const only = onlyFrom(values.only);
  const target = await targetFrom(positionals[0] ?? '', values);
  const print = values.json ? (result: RuleResult): void => console.log(JSON.stringify(result)) : printResult;
  const results = await check(target, only, print);
  const count = (outcome: RuleResult['outcome']): number => results.filter((each) => each.outcome === outcome).length;
  const [passed, failed, notTestable] = [count('passed'), count('failed'), count('not testable')];
  if (values.json) console.log(JSON.stringify({ passed, failed, notTestable }));
  else console.log(`\n${passed} passed, ${failed} failed, ${notTestable} not testable.`);
  if (failed > 0) process.exitCode = 1;
};

/** A name that is none would pass for a rule that was tried. */
const onlyFrom = (text: string | undefined): readonly string[] | undefined => {
  const only = text?.split(',').map((each) => each.trim());
  const unknown = unknownRules(only ?? []).map((each) => `"${each}"`);
  if (unknown.length > 0)
    throw new CommandError(
      'usage',
      `--only: no rule or section ${unknown.join(', ')}. Such are Q3, and Q for all of Q.`,
    );
  return only;
};

/** What may stand behind `--secret`: another flag of the command, or the URL. */
const BEHIND_SECRET = new RegExp(`^(--(${Object.keys(OPTIONS).join('|')})(=|$)|https?://)`);

/** Whoever takes `--secret` for a flag with a value has written the secret there: no other message may repeat it. */
const refuseSecretAsValue = (args: readonly string[]): void => {
  const next = args[args.indexOf('--secret') + 1];
  const hasNext = args.includes('--secret') && next !== undefined && !BEHIND_SECRET.test(next);
  if (!hasNext && !args.some((each) => each.startsWith('--secret='))) return;
  throw new CommandError(
    'usage',
    '--secret takes no value: the secret comes from the environment variable AUTH_SECRET. A flag may follow, or a URL with http:// or https://.',
  );
};

/** Tries the rules of the protocol on a deployment. */
export const conformance: Command = { summary: 'try the rules of the protocol on a deployment', help: HELP, run };

const check = async (
  target: Target,
  only: readonly string[] | undefined,
  onResult: (result: RuleResult) => void,
): Promise<readonly RuleResult[]> => {
  try {
    return await checkConformance(target, { ...(only === undefined ? {} : { only }), onResult });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new CommandError('unreachable', `${target.url} cannot be tried. ${error.message}`);
  }
};

interface Values {
  readonly token?: string | undefined;
  readonly secret: boolean;
}

const targetFrom = async (url: string, values: Values): Promise<Target> => {
  const mint = values.secret ? mintFromEnvironment : undefined;
  const token =
    mint === undefined
      ? values.token || process.env['CHANGEBUCKET_TOKEN'] || undefined
      : await mint({ subject: SUBJECT });
  const owner = encodeOwner(token === undefined ? SUBJECT : subjectOf(claimsOf(token)));
  return { url: baseOf(url), token, owner, mint };
};

const MARKS: Readonly<Record<RuleResult['outcome'], string>> = { passed: '✓', failed: '✗', 'not testable': '-' };

const printResult = ({ rule, outcome, detail }: RuleResult): void =>
  console.log(`${MARKS[outcome]} ${rule.padEnd(4)} ${outcome}${detail === undefined ? '' : `: ${detail}`}`);
