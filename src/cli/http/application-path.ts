import { isId } from '../../protocol/ids.ts';
import { encodeOwner, parseOwner } from '../../protocol/owners.ts';
import { CommandError } from '../command-line/command-error.ts';

/** The path of an application, from its name `owner/app`. The owner may be percent-encoded or not [I4]. */
export const applicationPath = (name: string): string => {
  const slash = name.lastIndexOf('/');
  const [owner, app] = [name.slice(0, slash), name.slice(slash + 1)];
  const path = slash < 1 || !isId(app) ? undefined : ownerPath(owner);
  if (path === undefined || /^\/?v1\//.test(name))
    throw new CommandError('usage', `"${name}" is no application. One is named owner/app, for example alice/list.`);
  return `${path}/${app}`;
};

/** The path of all applications of an owner. */
export const ownerPath = (name: string): string => {
  const owner = parseOwner(name);
  if (owner === undefined)
    throw new CommandError('usage', `"${name}" is no owner: 1 to 256 characters, percent-encoded where need be.`);
  return `/v1/apps/${encodeOwner(owner)}`;
};
