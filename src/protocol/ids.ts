import type { Brand } from './brand.ts';
import { encodeOwner, type Owner, parseOwner } from './owners.ts';

export type AppName = Brand<string, 'app'>;
export type ClientId = Brand<string, 'client'>;

/** One strict grammar for every id but owners [I1] [I4]: the platform itself accepts "", NUL, 1 MB, and NFC next to NFD. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/;
/** The same as the text of a regular expression. */
export const ID_PATTERN: string = ID.source;
const COUNTER = /^[1-9][0-9]{0,15}$/;

/** The client id of changes pushed without one, with n = seq [Q8]. No valid id, so no client can push with it. */
export const ANONYMOUS_CLIENT = '~' as ClientId;

export const isId = (text: string): boolean => ID.test(text);

export const parseClientId = (text: string): ClientId | undefined => (isId(text) ? (text as ClientId) : undefined);

/** The address of an application: its owner, decoded, and its own id. */
export interface ApplicationId {
  readonly owner: Owner;
  readonly app: AppName;
}

/** @param encodedOwner as it stands in a path or a name, percent-encoded [I4] */
export const parseApplicationId = (encodedOwner: string, app: string): ApplicationId | undefined => {
  const owner = isId(app) ? parseOwner(encodedOwner) : undefined;
  return owner === undefined ? undefined : { owner, app: app as AppName };
};

/** Parses `owner/app`, with the owner percent-encoded [I4]. */
export const parseApplicationName = (name: string): ApplicationId | undefined => {
  const [owner = '', app = '', ...rest] = name.split('/');
  return rest.length === 0 ? parseApplicationId(owner, app) : undefined;
};

/**
 * Whether a text has the form of a name, `owner/app` [I1]. Whether the owner can be one is the server's to say: that check
 * takes four times the bytes in a page [I4].
 */
export const isApplicationName = (text: string): boolean => isId(/^[^/]+\/([^/]+)$/.exec(text)?.[1] ?? '');

/**
 * Reverses `applicationName`.
 *
 * @throws Error for a name that `applicationName` does not make
 */
export const applicationNamed = (name: string): ApplicationId => {
  const id = parseApplicationName(name);
  if (id === undefined) throw new Error('not the name of an application');
  return id;
};

/**
 * The name of an application: `owner/app`, with the owner percent-encoded as in every path [I4].
 *
 * @example
 * applicationName({ owner: 'auth0|5f7c8ec7', app: 'notes' }); // 'auth0%7C5f7c8ec7/notes'
 */
export const applicationName = ({ owner, app }: { readonly owner: string; readonly app: string }): string =>
  `${encodeOwner(owner)}/${app}`;

/** Parses a canonical decimal integer from 1 to 2^53 - 1 [I2]: no sign, no leading zero, no exponent. */
export const parseCounter = (text: string): number | undefined => {
  if (!COUNTER.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
};
