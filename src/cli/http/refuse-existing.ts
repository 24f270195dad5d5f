import type { ApplicationApi } from '../../api/application-api.ts';
import { ProblemError } from '../../client/platform/problem-error.ts';
import { CommandError } from '../command-line/command-error.ts';

/**
 * Protects an application from an import, which would replace it.
 * @param replacing how it is replaced on purpose
 * @throws CommandError where it exists; ProblemError where nobody knows
 */
export const refuseExisting = async (application: ApplicationApi, name: string, replacing: string): Promise<void> => {
  const isThere = await application.info().then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof ProblemError) || error.name !== 'unknown-application') throw error;
      return false;
    },
  );
  if (isThere)
    throw new CommandError('failed', `${name} exists. Restore under another name, or replace it with ${replacing}.`);
};
