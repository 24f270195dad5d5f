import type { ChangeFilter } from '../../protocol/change-filter.ts';
import { CommandError } from './command-error.ts';
import { timeIn } from './operands.ts';

/** The flags that narrow a list of changes. */
export const FILTER_OPTIONS = {
  user: { type: 'string' },
  client: { type: 'string' },
  name: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
} as const;

/** What the help of a command says of them. */
export const FILTER_HELP = `  --user    only what this subject has pushed
  --client  only what this client has pushed
  --name    only changes of this name
  --since   only from this time on: 2026-11-28T07:00:00Z, or 30m, 12h, 7d ago
  --until   only up to this time`;

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The filter that the flags ask for. @param now ms since 1970 */
export const filterOf = (
  { user, client, name, since, until }: Readonly<Partial<Record<keyof typeof FILTER_OPTIONS, string | undefined>>>,
  now = Date.now(),
): ChangeFilter => ({
  ...(user === undefined ? {} : { user }),
  ...(client === undefined ? {} : { client }),
  ...(name === undefined ? {} : { name }),
  ...(since === undefined ? {} : { since: timeOf('--since', since, now) }),
  ...(until === undefined ? {} : { until: timeOf('--until', until, now) }),
});

const timeOf = (flag: string, text: string, now: number): number => {
  const [, count, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  const time = timeIn(text);
  if (Number.isNaN(time))
    throw new CommandError('usage', `${flag} must be a time such as 2026-11-28T07:00:00Z, 30m, 12h or 7d`);
  return time;
};

/** One of some words. */
export const wordOf = <Word extends string>(flag: string, text: string, words: readonly Word[]): Word => {
  const word = words.find((each) => each === text);
  if (word === undefined) throw new CommandError('usage', `${flag} must be ${words.join(' or ')}`);
  return word;
};
