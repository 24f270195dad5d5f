import { randomUUID } from 'node:crypto';
import { jsonOf } from '../../api/answers.ts';
import type { ApplicationApi } from '../../api/application-api.ts';
import type { Call } from '../../api/call.ts';
import { ProblemError } from '../../client/platform/problem-error.ts';
import { ID_PATTERN, isId } from '../../protocol/ids.ts';
import { KIND_HEADER } from '../../protocol/kind.ts';
import { MERGE_PATCH_TYPE } from '../../protocol/patch.ts';
import type { Receipt, Ticket } from '../../protocol/receipt.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { readStandardInput } from '../command-line/standard-input.ts';
import { applicationName, applicationPath } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { withServer } from '../http/server.ts';

const HELP = `Pushes one change. It is safe to run into a retry: the change has an idempotency key.

Usage: npx changebucket push owner/app change ['{"json":"args"}' | -]
       npx changebucket push owner/app - < merge-patch.json

  change      name of the change, such as add; its args are JSON, and - reads them from standard input (default: {})
  -           in place of a name: standard input is a merge patch (RFC 7396), for the kind document

  --kind      of the application, which the first push creates (default: the server's first kind)
  --no-wait   ends as soon as the change is accepted; by default (--wait) it waits for the outcome, and a rejected
              change ends with its reason and exit status 1
  --precheck  name, args and --if-match already before the change is accepted: what is refused is not queued
  --if-match  etag that the state must have when the change is applied, such as '"k3j9.12"'
  --key       idempotency key: two commands with the same key push once (default: a new one, for this command only)

${CONNECTION_HELP}
  --json      the ticket, or with --no-wait the receipt, as one line of JSON
`;

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  kind: { type: 'string' },
  wait: { type: 'boolean', default: false },
  'no-wait': { type: 'boolean', default: false },
  precheck: { type: 'boolean', default: false },
  'if-match': { type: 'string' },
  key: { type: 'string' },
} as const;

/** What a header can hold: what it means, the server says. */
const ETAG = /^[ -~]*$/;

/** Somebody looks at the screen: after this, it says that the change is accepted. */
const WAIT_S = 5;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, OPTIONS, [2, 3]);
  if (values.wait && values['no-wait']) throw new CommandError('usage', '--wait and --no-wait exclude each other.');
  for (const option of ['key', 'kind'] as const)
    if (!isId(values[option] ?? 'none')) throw new CommandError('usage', `--${option} must match ${ID_PATTERN} [I1].`);
  if (!ETAG.test(values['if-match'] ?? '')) throw new CommandError('usage', `--if-match must be like '"k3j9.12"'.`);
  const awaitsOutcome = !values['no-wait'];
  const [application = '', name = '', text = '{}'] = positionals;
  const path = applicationPath(application);
  const { type, body } = await bodyOf(name, text);
  const call: Call = {
    method: 'POST',
    path: `${path}/changes`,
    headers: {
      'Content-Type': type,
      'Idempotency-Key': values.key ?? randomUUID(),
      ...(values.kind === undefined ? {} : { [KIND_HEADER]: values.kind }),
      ...(values['if-match'] === undefined ? {} : { 'If-Match': values['if-match'] }),
      ...preferOf(awaitsOutcome, values.precheck),
    },
    body: () => body,
    waitMs: awaitsOutcome ? WAIT_S * 1_000 : 0,
  };
  await withServer(connectionFrom(values), async ({ api, requester }) => {
    const receipt = jsonOf<Receipt | Ticket>(await requester.send(call));
    if (awaitsOutcome && !values.json && !isSettled(receipt))
      console.error(`${lineOf(receipt)}. Waiting for its outcome ...`);
    const last = awaitsOutcome ? await settled(api.application(applicationName(application)), receipt) : receipt;
    console.log(values.json ? JSON.stringify(last) : lineOf(last));
  });
};

/** Pushes one change. */
export const push: Command = { summary: 'push one change', help: HELP, run };

const preferOf = (awaitsOutcome: boolean, precheck: boolean): Readonly<Record<string, string>> => {
  const preferences = [...(precheck ? ['precheck'] : []), ...(awaitsOutcome ? [`wait=${WAIT_S}`] : [])];
  return preferences.length === 0 ? {} : { Prefer: preferences.join(', ') };
};

const bodyOf = async (name: string, text: string): Promise<{ readonly type: string; readonly body: string }> => {
  if (name === '-') return { type: MERGE_PATCH_TYPE, body: await readStandardInput() };
  if (/^\s*[[{]/.test(name))
    throw new CommandError('usage', "That is no name of a change. For a merge patch: push owner/app merge '{…}'");
  const args = checked(text === '-' ? await readStandardInput() : text);
  // As it was written: reading and printing would round large numbers.
  return { type: 'application/json', body: `{"name":${JSON.stringify(name)},"args":${args}}` };
};

const checked = (text: string): string => {
  try {
    JSON.parse(text);
    return text;
  } catch (error) {
    // Not the message: it quotes what it could not read.
    const [at = ''] = /at position \d+/.exec(String(error)) ?? [];
    throw new CommandError(
      'usage',
      `The args must be JSON, for example '{"id":"milk"}'; these are not ${at}`.trimEnd(),
    );
  }
};

const isSettled = (receipt: Receipt | Ticket): boolean => 'status' in receipt && receipt.status !== 'queued';

/** Asks for the ticket until the change has its outcome: a queue may take longer than one request may wait. */
const settled = async (application: ApplicationApi, first: Receipt | Ticket): Promise<Ticket> => {
  let ticket: Ticket = 'status' in first ? first : { ...first, status: 'queued' };
  for (let pause = 100; ticket.status === 'queued'; pause = Math.min(2_000, pause * 2)) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    ticket = await application.ticket(first.client, first.n);
  }
  if ('problem' in ticket) throw new ProblemError(ticket.problem);
  return ticket;
};

const lineOf = (receipt: Receipt | Ticket): string => {
  const repeated = receipt.repeated === true ? ', repeated: nothing was queued again' : '';
  const applied = 'version' in receipt && 'status' in receipt ? `, applied in version ${receipt.version}` : '';
  return `accepted as seq ${receipt.seq}${applied}${repeated}`;
};
