import { ProblemError } from '../../../core/json/problem-error.ts';
import { LruCache } from '../../../core/limits/lru-cache.ts';
import { type ApplicationId, applicationName } from '../../../protocol/ids.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import { IDENTITY_HEADER, type SocketIdentity } from '../../access/socket-identity.ts';
import { describeError, log } from '../../logging/log.ts';
import type { RemoteApplication } from '../../rpc/packing.ts';
import type { Ctx } from '../request/context.ts';

/** Calls an application; once more when the platform says that this may help. Only for calls that may be repeated. */
export const callApplication = async <T>(
  c: Ctx,
  id: ApplicationId,
  method: (application: RemoteApplication) => Promise<T>,
): Promise<T> => {
  try {
    return await method(stubOf(c, id));
  } catch (error) {
    if (!isWorthRepeating(error)) throw unavailable(error);
    // A new stub: after a reset the old one fails for good.
    return callOnce(c, id, method);
  }
};

/** For calls that would do their work twice. */
export const callOnce = async <T>(
  c: Ctx,
  id: ApplicationId,
  method: (application: RemoteApplication) => Promise<T>,
): Promise<T> => {
  try {
    return await method(stubOf(c, id));
  } catch (error) {
    throw unavailable(error);
  }
};

/** Opens a socket with an application. */
export const openApplicationSocket = async (c: Ctx, id: ApplicationId, who: SocketIdentity): Promise<Handshake> => {
  const headers = { Upgrade: 'websocket', [IDENTITY_HEADER]: JSON.stringify(who) };
  try {
    const answer = await c.env.APPLICATION.getByName(applicationName(id)).fetch(c.req.url, { headers });
    const { webSocket } = answer;
    return webSocket === null ? { kind: 'refused', problem: await answer.json() } : { kind: 'shaken', webSocket };
  } catch (error) {
    throw unavailable(error);
  }
};

type Handshake =
  | { readonly kind: 'shaken'; readonly webSocket: WebSocket }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** Working one out takes a hash of the name; unlike a stub it belongs to no request. */
const ids = new LruCache<string, DurableObjectId>(1_000);

const stubOf = ({ env: { APPLICATION } }: Ctx, id: ApplicationId): RemoteApplication => {
  const name = applicationName(id);
  const known = ids.get(name) ?? APPLICATION.idFromName(name);
  ids.set(name, known);
  return APPLICATION.get(known) as unknown as RemoteApplication;
};

/** What the runtime says about an error of its own. */
interface Flags {
  readonly retryable?: boolean;
  readonly overloaded?: boolean;
  readonly durableObjectReset?: boolean;
}

const isWorthRepeating = (error: unknown): boolean => {
  const { retryable, overloaded } = error as Flags;
  return retryable === true && overloaded !== true;
};

/** The outcome is unknown: the same push again is safe [Q1] [E3]. */
const unavailable = (error: unknown): ProblemError => {
  log('error', 'an application did not answer', describeError(error));
  const wait = (error as Flags).overloaded === true ? 5 : 1;
  const detail = 'The outcome is unknown. Send the same request again: a change with the same n is taken once.';
  return new ProblemError(problem('unavailable', detail, { retryAfter: wait }));
};
