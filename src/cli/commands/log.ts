import type { ApplicationApi } from '../../api/application-api.ts';
import type { LogEntry } from '../../protocol/answers.ts';
import { LOG_PAGE_MAX, WAIT_SECONDS_MAX } from '../../protocol/limits.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { FILTER_HELP, FILTER_OPTIONS, filterOf, wordOf } from '../command-line/filter-arguments.ts';
import { wholeNumber } from '../command-line/operands.ts';
import { applicationName } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom, withoutLimit } from '../http/connection.ts';
import { withServer } from '../http/server.ts';

const HELP = `Prints what was asked of an application and what came of it: a line for each change, oldest first.

Usage: npx changebucket log owner/app [--after 120] [--follow] [--since 2h] [--outcome rejected]

  --after   only changes with a higher seq
  --follow  goes on with every further change, until it is ended (Ctrl-C)
${FILTER_HELP}
  --outcome  only what was applied, rejected or dead

${CONNECTION_HELP}
  --json    one line of JSON for each change
`;

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  ...FILTER_OPTIONS,
  outcome: { type: 'string' },
  after: { type: 'string', default: '0' },
  follow: { type: 'boolean', default: false },
} as const;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, OPTIONS, [1, 1]);
  const name = applicationName(positionals[0] ?? '');
  const { outcome } = values;
  const filter = {
    ...filterOf(values),
    ...(outcome === undefined ? {} : { outcome: wordOf('--outcome', outcome, ['applied', 'rejected', 'dead']) }),
  };
  let after = wholeNumber('--after', values.after, 0);
  let etag: string | undefined;
  let connection = connectionFrom(values);
  do {
    await withServer(connection, async ({ api }) => {
      const application = api.application(name);
      if (values.follow) etag = await nextVersion(application, etag);
      for await (const entry of application.log({ ...filter, after, limit: LOG_PAGE_MAX })) {
        console.log(values.json ? JSON.stringify(entry) : lineOf(entry));
        after = entry.seq;
      }
    });
    connection = withoutLimit(connection);
  } while (values.follow);
};

/** Prints the log of an application. */
export const log: Command = { summary: 'print what was asked and what came of it', help: HELP, run };

/** Waits until the version is another than the one of an etag; with a patch in place of the state it is cheap. */
const nextVersion = async (application: ApplicationApi, ifNoneMatch: string | undefined): Promise<string> => {
  const known = ifNoneMatch === undefined ? {} : { ifNoneMatch, patch: true, wait: WAIT_SECONDS_MAX };
  const { etag } = await application.state(known);
  return etag;
};

const lineOf = ({ seq, client, n, user, name, args, acceptedAt, outcome, problem }: LogEntry): string => {
  const reason = problem === undefined ? '' : `: ${problem.detail}`;
  const text = args === undefined ? '' : ` ${JSON.stringify(args)}`;
  return `${seq}  ${new Date(acceptedAt).toISOString()}  ${user}  ${client}/${n}  ${outcome}${reason}  ${name}${text}`;
};
