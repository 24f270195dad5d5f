import { LOG_PAGE_MAX } from '../../protocol/limits.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { wholeNumber } from '../command-line/operands.ts';
import { jsonOf } from '../http/answers.ts';
import { applicationPath } from '../http/application-path.ts';
import {
  CONNECTION_HELP,
  CONNECTION_OPTIONS,
  type Connection,
  connectionFrom,
  withoutLimit,
} from '../http/connection.ts';
import { send } from '../http/send.ts';

const HELP = `Prints what was asked of an application and what came of it: a line for each change, oldest first.

Usage: npx changebucket log owner/app [--after 120] [--follow]

  --after   only changes with a higher seq
  --follow  goes on with every further change, until it is ended (Ctrl-C)

${CONNECTION_HELP}
  --json    one line of JSON for each change
`;

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  after: { type: 'string', default: '0' },
  follow: { type: 'boolean', default: false },
} as const;

/** A line of the log [L7]. */
interface LogEntry {
  readonly seq: number;
  readonly client: string;
  readonly n: number;
  readonly user: string;
  readonly name: string;
  readonly args?: unknown;
  readonly acceptedAt: number;
  readonly outcome: string;
  readonly problem?: ProblemBody;
}

interface Page {
  readonly entries: readonly LogEntry[];
  readonly next?: number;
}

const WAIT_S = 25;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, OPTIONS, [1, 1]);
  let connection = connectionFrom(values);
  const path = applicationPath(positionals[0] ?? '');
  let after = wholeNumber('--after', values.after, 0);
  let etag: string | undefined;
  do {
    if (values.follow) etag = await nextVersion(connection, path, etag);
    for await (const entry of entriesAfter(connection, path, after)) {
      console.log(values.json ? JSON.stringify(entry) : lineOf(entry));
      after = entry.seq;
    }
    connection = withoutLimit(connection);
  } while (values.follow);
};

/** Prints the log of an application. */
export const log: Command = { summary: 'print what was asked and what came of it', help: HELP, run };

async function* entriesAfter(connection: Connection, path: string, after: number): AsyncGenerator<LogEntry> {
  for (let next: number | undefined = after; next !== undefined; ) {
    const query: string = `/log?after=${next}&limit=${LOG_PAGE_MAX}`;
    const page: Page = jsonOf(await send(connection, { path: path + query }), connection);
    yield* page.entries;
    next = page.next;
  }
}

/** Waits until the version is another than the one of an etag; with a patch in place of the state it is cheap. */
const nextVersion = async (
  connection: Connection,
  path: string,
  etag: string | undefined,
): Promise<string | undefined> => {
  const headers = { 'A-IM': 'json-patch', Prefer: `wait=${WAIT_S}` };
  const answer = await send(connection, {
    path: `${path}/state`,
    headers: etag === undefined ? {} : { ...headers, 'If-None-Match': etag },
    waitMs: WAIT_S * 1_000,
  });
  return answer.headers.get('ETag') ?? etag;
};

const lineOf = ({ seq, client, n, user, name, args, acceptedAt, outcome, problem }: LogEntry): string => {
  const reason = problem === undefined ? '' : `: ${problem.detail}`;
  const text = args === undefined ? '' : ` ${JSON.stringify(args)}`;
  return `${seq}  ${new Date(acceptedAt).toISOString()}  ${user}  ${client}/${n}  ${outcome}${reason}  ${name}${text}`;
};
