import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { wholeNumber } from '../command-line/operands.ts';
import { applicationName } from '../http/application-path.ts';
import { backupLine, runNow, status, verify, type Work } from '../http/backup-work.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { refuseExisting } from '../http/refuse-existing.ts';
import { withServer } from '../http/server.ts';
import { writeBackup } from '../http/write-backup.ts';

const HELP = `Lists, reads, verifies and restores scheduled backups. For operators.

Usage: npx changebucket backups list [owner/app]
       npx changebucket backups status
       npx changebucket backups read 17 [-o list.ndjson]
       npx changebucket backups verify [owner/app]
       npx changebucket backups restore 17 owner/app
       npx changebucket backups run

  status     tells of the last run and the last verification, and how old the oldest change is that is in no backup
  read       writes the backup of that number to standard output or a file, and checks that all of it has come
  verify     lets the server read every backup and compare it with its hash, and tells which are broken or missing
  restore    makes an application of the backup of that number, of any name that is free
  run        begins a run now, unless one is in progress, and waits for its end

  -o, --output  file that appears once it is complete

verify and run go on by themselves when the command is ended before them. Exit status 1 says that an application could
not be backed up, or that a backup is not whole: the next run makes another one of it; of status, that backups are late.

${CONNECTION_HELP}
  --json     one line of JSON for each
`;

const OPTIONS = { ...CONNECTION_OPTIONS, output: { type: 'string', short: 'o' } } as const;

interface Flags {
  readonly json: boolean;
  readonly output?: string | undefined;
}

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, OPTIONS, [1, 3]);
  const work = workOf(positionals, values);
  await withServer(connectionFrom(values), work);
};

/** Lists, reads, verifies and restores scheduled backups. */
export const backups: Command = { summary: 'list, read, verify or restore scheduled backups', help: HELP, run };

const workOf = ([action, first, second]: readonly string[], { json, output }: Flags): Work => {
  if (output !== undefined && action !== 'read') throw new CommandError('usage', '--output goes with read.');
  if (action === 'run' && first === undefined) return runNow(json);
  if (action === 'status' && first === undefined) return status(json);
  if (action === 'read' && second === undefined) return read(numberOf(first), { json, output });
  if (action === 'restore' && second !== undefined) return restore(numberOf(first), second, json);
  const application = first === undefined ? undefined : applicationName(first);
  if (action === 'list' && second === undefined) return list(application, json);
  if (action === 'verify' && second === undefined) return verify(application, json);
  throw new CommandError(
    'usage',
    'The first word must be list, status, read, verify, restore or run, and what it needs behind it.',
  );
};

const numberOf = (text = ''): number => wholeNumber('The number of the backup', text, 1);

const read =
  (id: number, flags: Flags): Work =>
  async ({ api }) =>
    writeBackup(await api.backups.read(id), flags);

const list =
  (application: string | undefined, asJson: boolean): Work =>
  async ({ api }) => {
    for await (const each of api.backups.list(application === undefined ? {} : { application }))
      console.log(asJson ? JSON.stringify(each) : backupLine(each));
  };

const restore = (id: number, given: string, asJson: boolean): Work => {
  const name = applicationName(given);
  return async ({ api }) => {
    const application = api.application(name);
    await refuseExisting(application, given, `npx changebucket restore FILE ${given} --replace`);
    const info = await application.import(await api.backups.read(id));
    console.log(asJson ? JSON.stringify(info) : `${given} is restored: kind ${info.kind}, version ${info.version}`);
  };
};
