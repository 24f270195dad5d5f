import { REFUSED_TOKENS_BURST } from '../../protocol/operating-limits.ts';
import { currentRequest } from '../logging/current-request.ts';
import { logRepeated } from '../logging/log-repeated.ts';

/**
 * Counts a token that was refused, over HTTP or in a frame. One line tells of 20 in a minute in this isolate [G2].
 *
 * @param request id of the request that brought the token; a frame has none
 */
export const countRefusedToken = (request = currentRequest()): void =>
  logRepeated(
    'tokens are refused',
    { request, count: REFUSED_TOKENS_BURST },
    { about: '', threshold: REFUSED_TOKENS_BURST },
  );
