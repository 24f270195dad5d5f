import { accessSync, constants, createReadStream, existsSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { ApplicationApi } from '../../api/application-api.ts';
import type { RecoveredInfo } from '../../api/past-api.ts';
import type { ApplicationInfo } from '../../protocol/answers.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { pastPoint } from '../command-line/past-point.ts';
import { applicationName } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { refuseExisting } from '../http/refuse-existing.ts';
import { withServer } from '../http/server.ts';

const HELP = `Makes an application of a backup, or brings one back to an earlier state. Either is a new epoch.

Usage: npx changebucket restore list.ndjson owner/app
       npx changebucket restore - owner/app < list.ndjson
       npx changebucket restore list.ndjson owner/app --state
       npx changebucket restore owner/app --at 12
       npx changebucket restore owner/app --at 2026-11-28T07:00:00Z
       npx changebucket restore owner/app --from platform --at 2026-11-28T07:00:00Z
       npx changebucket restore owner/app --from platform --bookmark 0000007b-…

  --at       a version, or a time, of the application's own history: a step of its log, which stays
  --from     platform: everything goes back, with log and clients, by the platform's recovery (Cloudflare, 30 days)
  --bookmark  of the platform, as a recovery has printed it: undoes that
  --state    takes only the state of the backup into the application of that name, as a step of its log
  --replace  an application of that name, which is lost with its log: without this flag there must be none

${CONNECTION_HELP}
  --json     what the server tells of the application, as one line of JSON
`;

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  replace: { type: 'boolean', default: false },
  state: { type: 'boolean', default: false },
  at: { type: 'string' },
  from: { type: 'string' },
  bookmark: { type: 'string' },
} as const;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, OPTIONS, [1, 2]);
  const [file, given = ''] = positionals.length === 1 ? [undefined, ...positionals] : positionals;
  const name = applicationName(given);
  const work = workOf(file, given, values);
  await withServer(connectionFrom(values), async ({ api }) => {
    const info = await work(api.application(name));
    const { kind, version } = info;
    console.log(values.json ? JSON.stringify(info) : `${given} is restored: kind ${kind}, version ${version}`);
    if ('undo' in info && !values.json) console.log(`To undo it: ${undoCommand(given, info.undo.bookmark)}`);
  });
};

/** Makes an application of a backup, or brings one back. */
export const restore: Command = { summary: 'make an application of a backup, or bring one back', help: HELP, run };

interface Choices {
  readonly at?: string | undefined;
  readonly state: boolean;
  readonly replace: boolean;
  readonly from?: string | undefined;
  readonly bookmark?: string | undefined;
}

type Work = (application: ApplicationApi) => Promise<ApplicationInfo | RecoveredInfo>;

const undoCommand = (name: string, bookmark: string): string =>
  `npx changebucket restore ${name} --from platform --bookmark ${bookmark}`;

const workOf = (file: string | undefined, name: string, choices: Choices): Work => {
  const { from, bookmark } = choices;
  if (from === undefined && bookmark === undefined)
    return file === undefined ? fromHistory(choices) : fromFile(file, name, choices);
  if (from !== 'platform') throw new CommandError('usage', 'The value of --from is platform; a file has no flag.');
  if (file !== undefined) throw new CommandError('usage', '--from platform needs no file.');
  return fromPlatform(choices);
};

const fromPlatform = ({ at, bookmark, state, replace }: Choices): Work => {
  if (state || replace || (at === undefined) === (bookmark === undefined))
    throw new CommandError('usage', '--from platform goes with --at TIME or --bookmark, and no other flag.');
  if (bookmark !== undefined) return (application) => application.recover({ bookmark });
  const point = pastPoint('--at', at ?? '');
  if ('version' in point) throw new CommandError('usage', 'The platform knows times, not versions.');
  return (application) => application.recover(point);
};

const fromHistory = ({ at, state, replace }: Choices): Work => {
  if (at === undefined || state || replace)
    throw new CommandError('usage', 'Name a file and an application, or an application and --at.');
  const point = pastPoint('--at', at);
  return (application) => application.restore(point);
};

const fromFile = (file: string, name: string, { at, state, replace }: Choices): Work => {
  if (at !== undefined) throw new CommandError('usage', '--at is for the history of an application: name no file.');
  if (state && replace) throw new CommandError('usage', '--state keeps the application, and --replace does not.');
  if (file !== '-') requireReadable(file);
  const backup = () => (file === '-' ? toWeb(process.stdin) : () => toWeb(createReadStream(file)));
  if (state) return (application) => application.restoreBackup(backup());
  return async (application) => {
    if (!replace) await refuseExisting(application, name, '--replace');
    return application.import(backup());
  };
};

/** Found out before anything is sent: while it is sent, such a failure looks like one of the network. */
const requireReadable = (file: string): void => {
  if (!existsSync(file)) throw new CommandError('usage', 'There is no such file.');
  if (statSync(file).isDirectory()) throw new CommandError('usage', 'This is a folder, and no file.');
  try {
    accessSync(file, constants.R_OK);
  } catch {
    throw new CommandError('usage', 'The file may not be read.');
  }
};

/** Node's own type of a stream is another one than that of `fetch`. */
const toWeb = (stream: Readable) => Readable.toWeb(stream) as unknown as ReadableStream<Uint8Array>;
