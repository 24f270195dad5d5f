import { ProblemError } from '../../../core/json/problem-error.ts';
import type { Sender } from '../../../protocol/change.ts';
import { type ApplicationId, applicationName } from '../../../protocol/ids.ts';
import { problem } from '../../../protocol/problems.ts';
import { ifMissingFor, roleFor } from '../../access/authorize.ts';
import type { PushMessage } from '../../rpc/messages.ts';
import { pushTo } from '../object/push-and-read.ts';
import { readBatch, readChange } from '../request/change-body.ts';
import { type Ctx, clientParam, counterParam, headerOf, requireRole, senderOf, unwrap } from '../request/context.ts';
import { parseIdempotencyKey } from '../request/idempotency-key.ts';
import { parsePrefer } from '../request/prefer.ts';
import { readPushOptions } from '../request/push-options.ts';
import { answerPush, type PushShape, refusalOf } from '../response/push-response.ts';

type Route = (c: Ctx) => Promise<Response>;

/** Marks what is refused before the application is asked like what the application refuses [Q17]. */
function withRefusals(route: Route): Route {
  return async (c) => {
    try {
      return await route(c);
    } catch (error) {
      const prefer = parsePrefer(headerOf(c, 'Prefer'));
      if (!(error instanceof ProblemError) || prefer.kind === 'problem') throw error;
      throw new ProblemError(refusalOf(error.problem, prefer));
    }
  };
}

/** `PUT …/changes/{client}/{n}`: one change. */
export const putChange = withRefusals(async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'writer');
  const sender: Sender = { kind: 'client', client: clientParam(c), n: counterParam(c, 'n') };
  return push(c, application, { sender, changes: [await readChange(c.req.raw)], atomicity: 'each', shape: 'one' });
});

/** `PUT …/changes/{client}`: a batch [Q6]. */
export const putBatch = withRefusals(async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'writer');
  const client = clientParam(c);
  const { n, changes, atomicity } = await readBatch(c.req.raw);
  if (atomicity === 'each' && headerOf(c, 'If-Match') !== null) {
    throw new ProblemError(problem('invalid-header', 'If-Match on a batch needs "atomic": true.'));
  }
  return push(c, application, { sender: { kind: 'client', client, n }, changes, atomicity, shape: 'many' });
});

/** `POST …/changes`: one change without a client [Q8]. */
export const postChange = withRefusals(async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'writer');
  const { key } = unwrap(parseIdempotencyKey(headerOf(c, 'Idempotency-Key')));
  const sender: Sender = key === undefined ? { kind: 'anonymous' } : { kind: 'key', key };
  return push(c, application, { sender, changes: [await readChange(c.req.raw)], atomicity: 'each', shape: 'one' });
});

const push = async (
  c: Ctx,
  application: ApplicationId,
  { shape, ...changes }: Pick<PushMessage, 'sender' | 'changes' | 'atomicity'> & Pick<PushShape, 'shape'>,
): Promise<Response> => {
  const principal = c.get('principal');
  const role = roleFor(principal, application);
  const { prefer, options } = readPushOptions((name) => headerOf(c, name), {
    user: principal.subject,
    ifMissing: ifMissingFor(role),
    ...(role === undefined ? {} : { role }),
    ...(principal.kind === 'token' && principal.claims !== undefined ? { claims: principal.claims } : {}),
  });
  const [, pass, request = ''] = senderOf(c, application);
  const calledAt = Date.now();
  const answer = await pushTo(c.env, application, { ...changes, ...options, request }, pass);
  return answerPush(answer, {
    prefer,
    call: Date.now() - calledAt,
    shape,
    base: `/v1/apps/${applicationName(application)}`,
    atomicity: changes.atomicity,
  });
};
