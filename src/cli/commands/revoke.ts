import { isSubject } from '../../protocol/owners.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { timeIn } from '../command-line/operands.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { withServer } from '../http/server.ts';

const HELP = `Revokes the tokens of a subject: your own, or anybody's as an operator. Open sockets and streams end within a second.

Usage: npx changebucket revoke alice [--before 2026-11-28T12:00:00Z]

  --before   tokens that were issued before this time (default: now)

${CONNECTION_HELP}
  --json     one line of JSON
`;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, { ...CONNECTION_OPTIONS, before: { type: 'string' } }, [1, 1]);
  const [subject = ''] = positionals;
  if (!isSubject(subject))
    throw new CommandError('usage', 'The subject has 1 to 256 characters, as its tokens have it, not percent-encoded');
  const options = values.before === undefined ? {} : { before: secondsFrom(values.before) };
  await withServer(connectionFrom(values), async ({ api }) => {
    const revoked = await api.revokeTokens(subject, options);
    if (values.json) return console.log(JSON.stringify(revoked));
    const { before, notified, pending } = revoked;
    const time = new Date(before * 1_000).toISOString();
    console.log(`Tokens of ${subject} issued before ${time} are revoked. Applications that know: ${notified}`);
    if (pending > 0)
      console.error(`${pending} applications could not be reached yet, and are told as soon as they can be.`);
  });
};

/** Revokes the tokens of a subject. */
export const revoke: Command = { summary: 'end the tokens of a subject', help: HELP, run };

const secondsFrom = (text: string): number => {
  const time = timeIn(text);
  if (Number.isNaN(time)) throw new CommandError('usage', '--before must be a time such as 2026-11-28T12:00:00Z');
  return Math.ceil(time / 1_000);
};
