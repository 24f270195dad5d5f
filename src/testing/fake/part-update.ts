import { valueAt } from '../../core/json/locate.ts';
import type { Json } from '../../protocol/json.ts';
import type { Version } from '../../protocol/version.ts';
import type { FakeApplication } from './fake-application.ts';

/** What brings a reader of a part to the present; `gone` when there is no value at the path. */
export type PartUpdate =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'full'; readonly state: Json };

/** The update for a reader that has the part of a version [S9] [V8] [W5]. */
export const partUpdate = (application: FakeApplication, path: string, known: Version | undefined): PartUpdate => {
  const state = valueAt(application.state, path);
  const before = known?.epoch === application.current.epoch ? application.stateAt(known.version) : undefined;
  if (before !== undefined && JSON.stringify(valueAt(before, path)) === JSON.stringify(state))
    return { kind: 'unchanged' };
  return state === undefined ? { kind: 'gone' } : { kind: 'full', state };
};
