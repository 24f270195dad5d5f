import { CommandError } from './command-error.ts';
import { timeIn } from './operands.ts';

/** A version, or a time as `2026-11-28T07:00:00Z`, in the form that requests have: `{version}` or `{time}` in ms since 1970. */
export const pastPoint = (flag: string, text: string): { readonly version: number } | { readonly time: number } => {
  if (/^(0|[1-9][0-9]{0,14})$/.test(text)) return { version: Number(text) };
  const time = timeIn(text);
  if (Number.isNaN(time))
    throw new CommandError('usage', `${flag} must be a version or a time such as 2026-11-28T07:00:00Z`);
  return { time };
};
