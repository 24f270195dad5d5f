import type { ApplicationApi } from '../../api/application-api.ts';
import type { Rejection, RejectionList } from '../../protocol/answers.ts';
import type { RejectionFilter } from '../../protocol/change-filter.ts';
import { REJECTION_CAUSES } from '../../protocol/rejection-cause.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { FILTER_HELP, FILTER_OPTIONS, filterOf, wordOf } from '../command-line/filter-arguments.ts';
import { wholeNumber } from '../command-line/operands.ts';
import { applicationName } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { withServer } from '../http/server.ts';

const HELP = `Lists the changes that were rejected, with the reason; queues one again, or discards it.

Usage: npx changebucket rejections owner/app [--cause failure] [--since 7d]
       npx changebucket rejections owner/app retry 17
       npx changebucket rejections owner/app discard 17

  --cause   only rule: what a rule of the kind rejected; or failure: code that failed, and dead letters
${FILTER_HELP}

${CONNECTION_HELP}
  --json     one line of JSON for each
`;

const OPTIONS = { ...CONNECTION_OPTIONS, ...FILTER_OPTIONS, cause: { type: 'string' } } as const;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, OPTIONS, [1, 3]);
  const [name = '', action, seq] = positionals;
  const { cause } = values;
  const filter: RejectionFilter = {
    ...filterOf(values),
    ...(cause === undefined ? {} : { cause: wordOf('--cause', cause, REJECTION_CAUSES) }),
  };
  const work = action === undefined ? list(filter) : workOf(action, seq);
  const application = applicationName(name);
  await withServer(connectionFrom(values), ({ api }) => work(api.application(application), values.json));
};

/** Lists the rejected changes, queues one again, or discards it. */
export const rejections: Command = { summary: 'list, retry or discard rejected changes', help: HELP, run };

type Work = (application: ApplicationApi, asJson: boolean) => Promise<void>;

const list =
  (filter: RejectionFilter): Work =>
  async (application, asJson) => {
    let after: number | undefined;
    do {
      const page: RejectionList = await application.rejections({
        ...filter,
        ...(after === undefined ? {} : { after }),
      });
      for (const each of page.rejections) console.log(asJson ? JSON.stringify(each) : lineOf(each));
      after = page.next;
    } while (after !== undefined);
  };

const workOf = (action: string, seq: string | undefined): Work => {
  const number = seq === undefined ? undefined : wholeNumber('The seq', seq, 1);
  if (number === undefined || !(action === 'retry' || action === 'discard'))
    throw new CommandError(
      'usage',
      'Behind the application may stand retry or discard, and the seq of a rejection behind it.',
    );
  return action === 'retry' ? retry(number) : discard(number);
};

const retry =
  (seq: number): Work =>
  async (application) => {
    const receipts = await application.retryRejection(seq);
    console.log(JSON.stringify(receipts.length === 1 ? receipts[0] : { receipts }));
  };

const discard =
  (seq: number): Work =>
  async (application, asJson) => {
    await application.discardRejection(seq);
    console.log(asJson ? '{}' : 'discarded');
  };

const lineOf = ({ seq, user, name, args, changes, rejectedAt, problem, status }: Rejection): string => {
  const change = changes === undefined ? `${name} ${JSON.stringify(args)}` : `batch ${JSON.stringify(changes)}`;
  return `${seq}  ${new Date(rejectedAt).toISOString()}  ${user}  ${status}: ${problem.detail}  ${change}`;
};
