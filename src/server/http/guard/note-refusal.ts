import { countRefusedToken } from '../../access/refused-tokens.ts';
import { logRepeated } from '../../logging/log-repeated.ts';
import { REQUEST_HEADER } from '../../rpc/request-header.ts';
import { applicationNameIn, type Ctx } from '../request/context.ts';
import { requestIdOf } from '../request/request-id.ts';

/** Gives an answer that is no success the id of its request, and tells the operator of those that mean trouble [G2]. */
export const noteRefusal = (c: Ctx, response: Response): Response => {
  if (response.status < 400) return response;
  const request = requestIdOf(c);
  if (!response.headers.has(REQUEST_HEADER)) response.headers.set(REQUEST_HEADER, request);
  const { status } = response;
  const application = applicationNameIn(c);
  if (status >= 500)
    logRepeated('a request was not answered', { application, status, request }, { about: `${application} ${status}` });
  if (status === 401) countRefusedToken(request);
  return response;
};
