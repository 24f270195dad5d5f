import { ProblemError } from '../../../core/json/problem-error.ts';
import { LruCache } from '../../../core/limits/lru-cache.ts';
import { type ApplicationId, applicationName } from '../../../protocol/ids.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import { IDENTITY_HEADER, printIdentity, type SocketIdentity } from '../../access/socket-identity.ts';
import { describeError, log } from '../../logging/log.ts';
import type { RemoteApplication } from '../../rpc/packing.ts';
import { REQUEST_HEADER } from '../../rpc/request-header.ts';
import type { Ctx } from '../request/context.ts';
import type { Environment } from '../request/environment.ts';

/** The binding that reaches the applications. */
export type Namespaces = Pick<Environment, 'APPLICATION'>;

/**
 * Calls an application, and once more when the platform says that this may help. Only for calls that may be repeated.
 *
 * @throws ProblemError `unavailable` when the application does not answer
 */
export const callApplication = async <T>(
  env: Namespaces,
  id: ApplicationId,
  method: (application: RemoteApplication) => Promise<T>,
): Promise<T> => {
  try {
    return await method(stubOf(env, id));
  } catch (error) {
    if (!isRetryable(error)) throw unavailable(error, id);
    // It makes a new stub: after a reset the old one always fails.
    return callOnce(env, id, method);
  }
};

/** Calls an application once, for work that must not be done twice. Throws like `callApplication`. */
export const callOnce = async <T>(
  env: Namespaces,
  id: ApplicationId,
  method: (application: RemoteApplication) => Promise<T>,
): Promise<T> => {
  try {
    return await method(stubOf(env, id));
  } catch (error) {
    throw unavailable(error, id);
  }
};

/** Opens a socket with an application. Throws like `callApplication`. */
export const openApplicationSocket = async (
  { env, req }: Pick<Ctx, 'env' | 'req'>,
  id: ApplicationId,
  identity: SocketIdentity,
  request: string,
): Promise<Handshake> => {
  const headers = {
    Upgrade: 'websocket',
    [IDENTITY_HEADER]: printIdentity(identity),
    [REQUEST_HEADER]: request,
  };
  try {
    const application = env.APPLICATION.getByName(applicationName(id));
    const answer = await application.fetch(req.url, { headers });
    const { webSocket } = answer;
    return webSocket === null ? { kind: 'refused', problem: await answer.json() } : { kind: 'opened', webSocket };
  } catch (error) {
    throw unavailable(error, id);
  }
};

type Handshake =
  | { readonly kind: 'opened'; readonly webSocket: WebSocket }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** Making an id takes a hash of the name. Unlike a stub it belongs to no request. */
const ids = new LruCache<string, DurableObjectId>(1_000);

const stubOf = ({ APPLICATION }: Namespaces, id: ApplicationId): RemoteApplication => {
  const name = applicationName(id);
  const objectId = ids.get(name) ?? APPLICATION.idFromName(name);
  ids.set(name, objectId);
  return APPLICATION.get(objectId) as unknown as RemoteApplication;
};

/** The flags that the runtime sets on its own errors. */
interface Flags {
  readonly retryable?: boolean;
  readonly overloaded?: boolean;
}

const isRetryable = (error: unknown): boolean => {
  const { retryable, overloaded } = error as Flags;
  return retryable === true && overloaded !== true;
};

/** The outcome is unknown, and the same push again is safe [Q1] [E3]. */
const unavailable = (error: unknown, id: ApplicationId): ProblemError => {
  log('error', 'an application did not answer', { application: applicationName(id), ...describeError(error) });
  const retryAfter = (error as Flags).overloaded === true ? 5 : 1;
  const detail = 'The outcome is unknown. Send the same request again: a change with the same n is applied once.';
  return new ProblemError(problem('unavailable', detail, { retryAfter }));
};
