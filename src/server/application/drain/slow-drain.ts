import { applicationName } from '../../../protocol/ids.ts';
import { DRAIN_SLOW_MS } from '../../../protocol/operating-limits.ts';
import { currentRequest } from '../../logging/current-request.ts';
import { logRepeated } from '../../logging/log-repeated.ts';
import type { LoadedState } from '../state/loaded-state.ts';

/**
 * Tells of a drain that took more than a second [G2].
 *
 * @param changes number of changes whose turn has come, the last one at the state's version
 */
export const noteSlowDrain = ({ row, version, requests }: LoadedState, ms: number, changes: number): void => {
  if (ms <= DRAIN_SLOW_MS) return;
  const application = applicationName(row);
  const request = requests.of(version) ?? currentRequest();
  logRepeated('a drain was slow', { application, ms, changes, seq: version, request }, { about: application });
};
