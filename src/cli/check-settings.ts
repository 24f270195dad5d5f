import type { Problem } from '../protocol/problems.ts';
import { settingsOf } from '../server/access/settings.ts';
import { Budget } from '../server/application/cost/budget.ts';
import { SubjectRates } from '../server/application/cost/subject-rates.ts';
import { type DeletionEnvironment, retainedMs } from '../server/application/deletion/settings.ts';
import { type BackupVariables, backupSettings } from '../server/backups/backup-settings.ts';
import { defaultMaxStale } from '../server/http/request/max-stale.ts';
import { CommandError } from './command-line/command-error.ts';

/**
 * Checks the settings of a deployment by the code that reads them at requests, which would all be refused.
 *
 * @throws CommandError with the text of the refusal
 */
export const checkSettings = (env: Readonly<Record<string, string | undefined>>): void => {
  // A variable that is not set must be absent.
  const settings: Readonly<Record<string, string>> = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const { detail } =
    problemOf(settingsOf(settings)) ??
    problemOf(defaultMaxStale(settings)) ??
    settingProblem(settings) ??
    proxyProblem(settings) ??
    new Budget(settings).refusal() ??
    new SubjectRates(settings).take('anybody', 1) ??
    NO_PROBLEM;
  if (detail !== undefined) throw new CommandError('failed', `The settings are wrong: ${detail}`);
};

const settingProblem = (settings: BackupVariables & DeletionEnvironment): Problem | undefined => {
  const [read, kept] = [backupSettings(settings), retainedMs(settings)];
  if ('name' in read) return read;
  return typeof kept === 'number' ? undefined : kept;
};

/** Any other value counts as none: every write of one's own pages would be refused. */
const proxyProblem = ({
  TRUST_PROXY,
}: Readonly<Partial<Record<string, string>>>): { readonly detail: string } | undefined =>
  TRUST_PROXY === undefined || TRUST_PROXY === 'x-forwarded'
    ? undefined
    : { detail: 'TRUST_PROXY is "x-forwarded", or is not set.' };

const NO_PROBLEM: { readonly detail?: string } = {};

const problemOf = (read: { readonly kind: string } | { readonly kind: 'problem'; readonly problem: Problem }) =>
  'problem' in read ? read.problem : undefined;
