import type { AuditedActor, AuditedUse, CountedReads } from '../../protocol/operator-answers.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { wholeNumber } from '../command-line/operands.ts';
import { ownerFrom } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { withServer } from '../http/server.ts';

const HELP = `Lists what operators have done, or what was done with the applications of an owner, the oldest first.

Usage: npx changebucket audit [--after 17]
       npx changebucket audit --reads
       npx changebucket audit alice

  owner      what was done with its applications, and that its tokens were revoked; for itself, and for operators
  --reads    what operators have looked at, counted by the hour
  --after    begin behind the entry with this id

${CONNECTION_HELP}
  --json     one line of JSON for each
`;

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  after: { type: 'string' },
  reads: { type: 'boolean', default: false },
} as const;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, OPTIONS, [0, 1]);
  const [name] = positionals;
  if (values.reads && name !== undefined)
    throw new CommandError('usage', '--reads is about operators: name no owner with it.');
  const owner = name === undefined ? undefined : ownerFrom(name);
  const options = values.after === undefined ? {} : { after: wholeNumber('--after', values.after, 0) };
  await withServer(connectionFrom(values), async ({ api }) => {
    const entries = values.reads
      ? api.auditedReads(options)
      : owner === undefined
        ? api.audit(options)
        : api.ownerAudit(owner, options);
    for await (const each of entries) console.log(values.json ? JSON.stringify(each) : lineOf(each));
  });
};

/** Lists what operators have done and looked at, or what was done with an owner's applications [A11]. */
export const audit: Command = { summary: 'list what operators, or people of an owner, have done', help: HELP, run };

const lineOf = (entry: AuditedUse | CountedReads): string => {
  const { id, at, actor, what, target = '', outcome } = entry;
  const count = 'count' in entry ? `  ${entry.count} times until ${new Date(entry.until).toISOString()}` : '';
  return `${id}  ${new Date(at).toISOString()}  ${nameOf(actor)}  ${what}  ${target}  ${outcome ?? 'unknown'}${count}`;
};

const nameOf = (actor: AuditedActor): string => {
  if ('subject' in actor) return actor.subject;
  return 'secret' in actor ? actor.secret : 'an operator';
};
