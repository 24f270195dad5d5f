import type { Brand } from './brand.ts';

export type Owner = Brand<string, 'owner'>;
export type AppName = Brand<string, 'app'>;
export type ClientId = Brand<string, 'client'>;

/** One strict grammar for every id [I1]: the platform itself would take "", NUL, 1 MB and NFC beside NFD. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/;
const COUNTER = /^[1-9][0-9]{0,15}$/;

/** The client under which changes pushed without one are found, with n = seq [Q8]. Outside the grammar, so nobody can push as it. */
export const ANONYMOUS_CLIENT = '~' as ClientId;

export const isId = (text: string): boolean => ID.test(text);

export const parseClientId = (text: string): ClientId | undefined => (isId(text) ? (text as ClientId) : undefined);

/** An application's address, from two decoded path segments. */
export interface ApplicationId {
  readonly owner: Owner;
  readonly app: AppName;
}

export const parseApplicationId = (owner: string, app: string): ApplicationId | undefined =>
  isId(owner) && isId(app) ? { owner: owner as Owner, app: app as AppName } : undefined;

/** The reverse of `applicationName`. Throws for a name that it never made. */
export const applicationNamed = (name: string): ApplicationId => {
  const [owner = '', app = ''] = name.split('/');
  const id = parseApplicationId(owner, app);
  if (id === undefined) throw new Error('not the name of an application');
  return id;
};

export const applicationName = ({ owner, app }: ApplicationId): string => `${owner}/${app}`;

/** A canonical decimal integer from 1 to 2^53 - 1 [I2]: no sign, no leading zero, no exponent. */
export const parseCounter = (text: string): number | undefined => {
  if (!COUNTER.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
};
