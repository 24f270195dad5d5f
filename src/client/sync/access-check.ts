import { nameOf } from '../platform/problem-error.ts';
import type { TransportContext } from '../transport/transport.ts';

/**
 * Notices that the subject may not read the state any longer: its role is gone [A4], the application is gone or its right
 * to it [A3], or the server has refused two tokens in a row [A1]. What was stored of it must not be shown any more.
 *
 * @param onLost called each time
 */
export const withAccessCheck = (context: TransportContext, onLost: () => unknown): TransportContext => {
  const { http, listener } = context;
  const { tokens } = http;
  let refusedTokens = 0;
  /** The one that was refused last, counted by `receivedCount`. */
  let refusedToken = 0;
  return {
    ...context,
    listener: {
      ...listener,
      onReachable: () => {
        refusedTokens = 0;
        listener.onReachable();
      },
      onProblem: (problem) => {
        listener.onProblem(problem);
        if (problem === undefined) return;
        const name = nameOf(problem);
        // A token may be refused several times before there is another one.
        if (name === 'unauthorized' && (!tokens.isRenewable || tokens.receivedCount !== refusedToken)) {
          refusedToken = tokens.receivedCount;
          refusedTokens += 1;
        }
        const isLost = name === 'forbidden' || name === 'unknown-application' || refusedTokens > 1;
        if (isLost && listener.confirmed() !== undefined) onLost();
      },
    },
  };
};
