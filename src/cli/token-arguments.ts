import { isGrantName } from '../server/access/claims.ts';

const ROLE = /^([^=]+)=(reader|writer|admin)$/;
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/**
 * `['a/b=writer,c/*=reader']` as the claim `apps`.
 * @throws Error when an item is not `owner/app=role` or `owner/*=role`
 */
export const parseApps = (items: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    items
      .flatMap((item) => item.split(','))
      .map((item) => {
        const [, name, role] = ROLE.exec(item.trim()) ?? [];
        if (name === undefined || role === undefined || !isGrantName(name)) {
          throw new Error(`"${item}" is not owner/app or owner/* with =reader, =writer or =admin`);
        }
        return [name, role];
      }),
  );

/**
 * `15m` in seconds.
 * @throws Error when it is not a number with s, m, h or d
 */
export const parseTtl = (text: string): number => {
  const [, count = '', unit = ''] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  const seconds = UNITS[unit];
  if (seconds === undefined) throw new Error(`"${text}" is not a time such as 30s, 15m, 1h or 7d`);
  return Number(count) * seconds;
};
