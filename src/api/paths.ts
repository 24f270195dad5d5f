import { isId } from '../protocol/ids.ts';
import { encodeOwner, parseOwner } from '../protocol/owners.ts';

/**
 * The path of an application, from its name `owner/app`. The owner may be percent-encoded or not [I4].
 *
 * @returns undefined for what is no name
 */
export const applicationPath = (name: string): string | undefined => {
  const slash = name.lastIndexOf('/');
  const app = name.slice(slash + 1);
  const owner = slash < 1 || !isId(app) ? undefined : ownerPath(name.slice(0, slash));
  return owner === undefined ? undefined : `${owner}/${app}`;
};

/** The path of all applications of an owner. @returns undefined for what is no owner */
export const ownerPath = (name: string): string | undefined => {
  const owner = parseOwner(name);
  return owner === undefined ? undefined : `/v1/apps/${encodeOwner(owner)}`;
};

/** A query with its question mark, of the parameters that are defined; '' where none is. */
export const queryOf = (parameters: Readonly<Record<string, string | number | undefined>>): string => {
  const sent = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, `${value}`] as [string, string]],
  );
  return sent.length === 0 ? '' : `?${new URLSearchParams(sent)}`;
};
