import { applicationPath as pathOf } from '../../api/paths.ts';
import { encodeOwner, type Owner, parseOwner } from '../../protocol/owners.ts';
import { CommandError } from '../command-line/command-error.ts';

/** The path of an application, from its name `owner/app`. The owner may be percent-encoded or not [I4]. */
export const applicationPath = (name: string): string => {
  const path = pathOf(name);
  if (path === undefined || /^\/?v1\//.test(name))
    throw new CommandError('usage', 'An application is named owner/app, for example alice/list.');
  return path;
};

/** The name of an application, checked before anything is sent. */
export const applicationName = (name: string): string => applicationPath(name).slice('/v1/apps/'.length);

/** An owner, decoded: the subject as its tokens have it. */
export const ownerFrom = (name: string): Owner => {
  const owner = parseOwner(name);
  if (owner === undefined)
    throw new CommandError('usage', 'An owner has 1 to 256 characters, percent-encoded where need be.');
  return owner;
};

/** The name of an owner, checked. */
export const ownerName = (name: string): string => encodeOwner(ownerFrom(name));
