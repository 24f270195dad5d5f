import type { Api } from '../../api/api.ts';
import { claimsOf } from '../../client/platform/token-claims.ts';
import type { ListedApplication, Summary } from '../../protocol/answers.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { applicationName, ownerName } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, type Connection, connectionFrom } from '../http/connection.ts';
import { withServer } from '../http/server.ts';

const HELP = `Lists the applications of an owner, or tells all about one application.

Usage: npx changebucket apps [owner | owner/app]
       npx changebucket apps [owner] --deleted
       npx changebucket apps --shared
       npx changebucket apps --owners

  owner      (default: the subject of the token)
  owner/app  one application: position, sizes, rejections, budget and cost
  --deleted  the applications of the owner that were deleted and can be undeleted
  --shared   the applications of others that the subject of the token has used
  --owners   all owners of the deployment, for operators

${CONNECTION_HELP}
  --json     one line of JSON for each application
`;

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  deleted: { type: 'boolean', default: false },
  shared: { type: 'boolean', default: false },
  owners: { type: 'boolean', default: false },
} as const;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, OPTIONS, [0, 1]);
  const connection = connectionFrom(values);
  if (values.shared) return withServer(connection, ({ api }) => printShared(api, values.json));
  if (values.owners) return withServer(connection, ({ api }) => printOwners(api, values.json));
  const name = positionals[0] ?? subjectOf(connection);
  if (values.deleted) return withServer(connection, ({ api }) => printDeleted(api, ownerName(name), values.json));
  await withServer(connection, ({ api }) =>
    name.includes('/') ? printInfo(api, name, values.json ? 0 : 2) : printList(api, ownerName(name), values.json),
  );
};

/** Lists the applications of an owner, or tells all about one application. */
export const apps: Command = { summary: 'list applications, or tell all about one', help: HELP, run };

const subjectOf = ({ token = '' }: Connection): string => {
  const { sub } = claimsOf(token);
  if (sub === undefined)
    throw new CommandError('usage', 'Whose applications? Name the owner, for example: npx changebucket apps me');
  return encodeURIComponent(sub);
};

const printInfo = async (api: Api, name: string, indent: number): Promise<void> => {
  const info = await api.application(applicationName(name)).info();
  console.log(JSON.stringify(info, null, indent));
};

const printList = async (api: Api, owner: string, asJson: boolean): Promise<void> => {
  for await (const each of api.applications(owner)) {
    console.log(asJson ? JSON.stringify({ owner, ...each }) : lineOf(owner, each));
  }
};

const printDeleted = async (api: Api, owner: string, asJson: boolean): Promise<void> => {
  for (const each of await api.deletedApplications(owner)) {
    const { app, kind, epoch, until } = each;
    const line = `${`${owner}/${app}`.padEnd(32)}  ${kind.padEnd(16)}  epoch ${epoch}  until ${new Date(until).toISOString()}`;
    console.log(asJson ? JSON.stringify({ owner, ...each }) : line);
  }
};

const printShared = async (api: Api, asJson: boolean): Promise<void> => {
  for await (const each of api.shared()) {
    const { application, role, usedAt } = each;
    const line = `${application.padEnd(32)}  ${role.padEnd(16)}  used ${new Date(usedAt).toISOString()}`;
    console.log(asJson ? JSON.stringify(each) : line);
  }
};

const printOwners = async (api: Api, asJson: boolean): Promise<void> => {
  for await (const each of api.owners()) {
    const { owner, applications, lastChangeAt } = each;
    const line = `${encodeURIComponent(owner).padEnd(32)}  ${applications} applications${changedAt(lastChangeAt)}`;
    console.log(asJson ? JSON.stringify(each) : line);
  }
};

const changedAt = (time: number | null | undefined): string =>
  time == null ? '' : `  changed ${new Date(time).toISOString()}`;

const lineOf = (owner: string, listed: ListedApplication): string => {
  const { app, kind = '?', version, lastChangeAt }: { app: string } & Partial<Summary> = listed;
  return `${`${owner}/${app}`.padEnd(32)}  ${kind.padEnd(16)}  version ${version ?? '?'}${changedAt(lastChangeAt)}`;
};
