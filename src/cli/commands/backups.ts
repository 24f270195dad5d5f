import type { BackupFinding, BackupRun, BackupVerification, KeptBackup } from '../../protocol/backup-answers.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { wholeNumber } from '../command-line/operands.ts';
import { applicationName } from '../http/application-path.ts';
import { waitFor } from '../http/backup-progress.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { refuseExisting } from '../http/refuse-existing.ts';
import { type Server, withServer } from '../http/server.ts';

const HELP = `Lists, verifies and restores scheduled backups. For operators.

Usage: npx changebucket backups list [owner/app]
       npx changebucket backups verify [owner/app]
       npx changebucket backups restore 17 owner/app
       npx changebucket backups run

  verify     lets the server read every backup and compare it with its hash, and tells which are broken or missing
  restore    makes an application of the backup of that number, of any name that is free
  run        begins a run now, unless one is in progress, and waits for its end

verify and run go on by themselves when the command is ended before them. Exit status 1 says that an application could
not be backed up, or that a backup is not whole: the next run makes another one of it.

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
  if (action === 'run' && first === undefined) return start(asJson);
  if (action === 'restore' && second !== undefined)
    return restore(wholeNumber('The number of the backup', first ?? '', 1), second, asJson);
  const application = first === undefined ? undefined : applicationName(first);
  if (action === 'list' && second === undefined) return list(application, asJson);
  if (action === 'verify' && second === undefined) return verify(application, asJson);
  throw new CommandError('usage', 'The first word must be list, verify, restore or run, and what it needs behind it.');
};

const start =
  (asJson: boolean): Work =>
  async ({ api: { backups: api } }) => {
    const begun = await api.start();
    const startedAt = (begun.run ?? begun.lastRun)?.startedAt ?? 0;
    const run = await waitFor(api, begun, {
      result: ({ lastRun }) => (lastRun !== null && lastRun.startedAt >= startedAt ? lastRun : undefined),
      describe: (progress) => (progress.run === null ? 'The run is over.' : `In progress: ${countsOf(progress.run)}.`),
    });
    if (run.failed > 0) throw runFailure(run);
    console.log(asJson ? JSON.stringify(run) : `The run is over: ${countsOf(run)}.`);
  };

const countsOf = ({ made, unchanged, failed }: BackupRun): string =>
  `${made} backups made, ${unchanged} applications unchanged, ${failed} failed`;

const runFailure = (run: BackupRun): CommandError => {
  const detail = `The run is over: ${countsOf(run)}. The server's log names them; they are tried again after 15 minutes.`;
  return new CommandError('failed', detail, { error: 'failed', detail, ...run });
};

const list =
  (application: string | undefined, asJson: boolean): Work =>
  async ({ api }) => {
    for await (const each of api.backups.list(application === undefined ? {} : { application }))
      console.log(asJson ? JSON.stringify(each) : lineOf(each));
  };

const verify =
  (application: string | undefined, asJson: boolean): Work =>
  async ({ api: { backups: api } }) => {
    const scope = application === undefined ? {} : { application };
    const begun = await api.verify(scope);
    const startedAt = begun.verification?.startedAt ?? 0;
    await waitFor(api, begun, {
      result: ({ verification }) =>
        verification !== null && verification.startedAt >= startedAt && !verification.isRunning ? true : undefined,
      describe: ({ verification }) => `In progress: ${findingsOf(verification)}.`,
    });
    const counts = { whole: 0, broken: 0, missing: 0 };
    for await (const each of api.list(scope)) {
      if (each.finding === undefined || (each.verifiedAt ?? 0) < startedAt) continue;
      counts[each.finding] += 1;
      console.log(verifiedLine(each, each.finding, asJson));
    }
    const { whole, broken, missing } = counts;
    if (broken + missing === 0) return;
    const all = whole + broken + missing;
    throw new CommandError('failed', `Of ${all} backups, ${broken} are broken and ${missing} are missing.`);
  };

const findingsOf = (verification: BackupVerification | null): string => {
  const { whole, broken, missing } = verification ?? { whole: 0, broken: 0, missing: 0 };
  return `${whole} backups are whole, ${broken} broken, ${missing} missing`;
};

const verifiedLine = (each: KeptBackup, finding: BackupFinding, asJson: boolean): string =>
  asJson
    ? JSON.stringify({ ...each, isWhole: finding === 'whole' })
    : `${(finding === 'whole' ? finding : finding.toUpperCase()).padEnd(7)}  ${lineOf(each)}`;

const restore = (id: number, given: string, asJson: boolean): Work => {
  const name = applicationName(given);
  return async ({ api }) => {
    const application = api.application(name);
    await refuseExisting(application, given, `npx changebucket restore FILE ${given} --replace`);
    const info = await application.import(await api.backups.read(id));
    console.log(asJson ? JSON.stringify(info) : `${given} is restored: kind ${info.kind}, version ${info.version}`);
  };
};

const lineOf = ({ id, application, at, version, bytes }: KeptBackup): string =>
  `${`${id}`.padStart(6)}  ${new Date(at).toISOString()}  ${application.padEnd(32)}  version ${version}  ${bytes} bytes`;
