import { createHash } from 'node:crypto';
import type { BackupsApi, KeptBackup } from '../../api/backups.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { wholeNumber } from '../command-line/operands.ts';
import { applicationName } from '../http/application-path.ts';
import { BackupCheck } from '../http/backup-check.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { type Server, withServer } from '../http/server.ts';

const HELP = `Lists, verifies and restores scheduled backups. For operators.

Usage: npx changebucket backups list [owner/app]
       npx changebucket backups verify [owner/app]
       npx changebucket backups restore 17 owner/app
       npx changebucket backups run

  verify     reads every backup and compares it with its hash
  restore    makes an application of the backup of that number, of any name that is free
  run        begins a run now; it goes on by itself

${CONNECTION_HELP}
  --json     one line of JSON for each
`;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, CONNECTION_OPTIONS, [1, 3]);
  const work = workOf(positionals, values.json);
  await withServer(connectionFrom(values), work);
};

/** Lists, verifies and restores scheduled backups. */
export const backups: Command = { summary: 'list, verify or restore scheduled backups', help: HELP, run };

type Work = (server: Server) => Promise<void>;

const workOf = ([action, first, second]: readonly string[], asJson: boolean): Work => {
  if (action === 'run' && first === undefined) return start;
  if (action === 'restore' && second !== undefined)
    return restore(wholeNumber('The number of the backup', first ?? '', 1), second, asJson);
  const application = first === undefined ? undefined : applicationName(first);
  if (action === 'list' && second === undefined) return list(application, asJson);
  if (action === 'verify' && second === undefined) return verify(application, asJson);
  throw new CommandError('usage', `"${action}" must be list, verify, restore or run; see --help`);
};

const start: Work = async ({ backups: api }) => {
  await api.start();
  console.log('A run is in progress.');
};

const list =
  (application: string | undefined, asJson: boolean): Work =>
  async ({ backups: api }) => {
    for await (const each of api.list(application === undefined ? {} : { application }))
      console.log(asJson ? JSON.stringify(each) : lineOf(each));
  };

const verify =
  (application: string | undefined, asJson: boolean): Work =>
  async ({ backups: api }) => {
    let broken = 0;
    for await (const each of api.list(application === undefined ? {} : { application })) {
      const isWhole = await isSound(api, each);
      broken += isWhole ? 0 : 1;
      console.log(verifiedLine(each, isWhole, asJson));
    }
    if (broken > 0) throw new CommandError('failed', `${broken} of the backups are broken.`);
  };

const verifiedLine = (each: KeptBackup, isWhole: boolean, asJson: boolean): string =>
  asJson ? JSON.stringify({ ...each, isWhole }) : `${isWhole ? 'whole ' : 'BROKEN'}  ${lineOf(each)}`;

const isSound = async (api: BackupsApi, { id, bytes, sha256 }: KeptBackup): Promise<boolean> => {
  const [check, hash] = [new BackupCheck(), createHash('sha256')];
  let length = 0;
  for await (const chunk of await api.read(id)) {
    const piece = Buffer.from(chunk);
    check.add(piece);
    hash.update(piece);
    length += piece.length;
  }
  return check.lines() !== undefined && length === bytes && hash.digest('hex') === sha256;
};

const restore = (id: number, given: string, asJson: boolean): Work => {
  const name = applicationName(given);
  return async ({ api, backups: stored }) => {
    const application = api.application(name);
    const isThere = await application.info().then(
      () => true,
      () => false,
    );
    if (isThere) throw new CommandError('failed', `${given} exists. Restore under another name.`);
    const info = await application.import(await stored.read(id));
    console.log(asJson ? JSON.stringify(info) : `${given} is restored: kind ${info.kind}, version ${info.version}`);
  };
};

const lineOf = ({ id, application, at, version, bytes }: KeptBackup): string =>
  `${`${id}`.padStart(6)}  ${new Date(at).toISOString()}  ${application.padEnd(32)}  version ${version}  ${bytes} bytes`;
