import { claimsOf } from '../../client/platform/token-claims.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { jsonOf } from '../http/answers.ts';
import { applicationPath, ownerPath } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, type Connection, connectionFrom } from '../http/connection.ts';
import { send } from '../http/send.ts';

const HELP = `Lists the applications of an owner, or tells all about one application.

Usage: npx changebucket apps [owner | owner/app]

  owner      (default: the subject of the token)
  owner/app  one application: position, sizes, rejections, budget and cost

${CONNECTION_HELP}
  --json     one line of JSON for each application
`;

/** One line of an owner's list [L4]. */
interface Listed {
  readonly app: string;
  readonly kind?: string;
  readonly version?: number;
  readonly lastChangeAt?: number;
}

interface Page {
  readonly applications: readonly Listed[];
  readonly next?: string;
}

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, CONNECTION_OPTIONS, [0, 1]);
  const connection = connectionFrom(values);
  const name = positionals[0] ?? subjectOf(connection);
  if (name.includes('/')) return printInfo(connection, name, values.json ? 0 : 2);
  const path = ownerPath(name);
  const owner = path.slice('/v1/apps/'.length);
  for await (const each of listed(connection, path)) {
    console.log(values.json ? JSON.stringify({ owner, ...each }) : lineOf(owner, each));
  }
};

/** Lists the applications of an owner, or tells all about one application. */
export const apps: Command = { summary: 'list applications, or tell all about one', help: HELP, run };

const subjectOf = ({ token = '' }: Connection): string => {
  const { sub } = claimsOf(token);
  if (sub === undefined)
    throw new CommandError('usage', 'Whose applications? Name the owner, for example: npx changebucket apps me');
  return encodeURIComponent(sub);
};

const printInfo = async (connection: Connection, name: string, indent: number): Promise<void> => {
  const answer = await send(connection, { path: applicationPath(name) });
  console.log(JSON.stringify(jsonOf<object>(answer, connection), null, indent));
};

async function* listed(connection: Connection, path: string): AsyncGenerator<Listed> {
  for (let after: string | undefined = ''; after !== undefined; ) {
    const query: string = after === '' ? '' : `?after=${after}`;
    const page: Page = jsonOf(await send(connection, { path: path + query }), connection);
    yield* page.applications;
    after = page.next;
  }
}

const lineOf = (owner: string, { app, kind = '?', version, lastChangeAt }: Listed): string => {
  const changed = lastChangeAt === undefined ? '' : `  changed ${new Date(lastChangeAt).toISOString()}`;
  return `${`${owner}/${app}`.padEnd(32)}  ${kind.padEnd(16)}  version ${version ?? '?'}${changed}`;
};
