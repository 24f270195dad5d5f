import { isApplicationName, isId } from '../protocol/ids.ts';
import type { BaseClientOptions } from './options.ts';
import { checkOption } from './platform/check-option.ts';

interface CheckedOptions extends Pick<BaseClientOptions, 'application' | 'clientId' | 'interval' | 'maxLag'> {
  readonly path?: string | undefined;
  readonly kind?: string | undefined;
}

/** Checks what both clients have. @throws TypeError for what no server could serve, and for times that are none */
export const checkOptions = ({ application, path, clientId, kind, interval, maxLag }: CheckedOptions): void => {
  if (!isApplicationName(application)) throw new TypeError(`"${application}" is no application: owner/app`);
  if (path !== undefined && !/^(\/([^~/]|~[01])*)*$/.test(path)) throw new TypeError(`"${path}" is no JSON Pointer.`);
  for (const [name, id] of Object.entries({ clientId, kind })) checkOption(isId(id ?? 'a'), name, id, 'an id [I1]');
  for (const [name, ms = 0] of Object.entries({ interval, maxLag })) checkOption(ms >= 0, name, ms, 'milliseconds');
};
