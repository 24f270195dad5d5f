import { ProblemError } from '../../../core/json/problem-error.ts';
import type { Sender } from '../../../protocol/change.ts';
import { type ApplicationId, applicationName } from '../../../protocol/ids.ts';
import { KIND_HEADER } from '../../../protocol/kind.ts';
import { problem } from '../../../protocol/problems.ts';
import { ifMissingFor, roleFor } from '../../access/authorize.ts';
import type { PushMessage } from '../../rpc/messages.ts';
import { packPush, unpackPushAnswer } from '../../rpc/packing.ts';
import { callApplication, callOnce } from '../object/call-application.ts';
import { readBatch, readChange } from '../request/change-body.ts';
import { type Ctx, clientParam, counterParam, headerOf, requireRole, unwrap } from '../request/context.ts';
import { parseIfMatch } from '../request/entity-tags.ts';
import { parseIdempotencyKey } from '../request/idempotency-key.ts';
import { parseKind } from '../request/kind.ts';
import { type Prefer, parsePrefer } from '../request/prefer.ts';
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
  const prefer = unwrap(parsePrefer(headerOf(c, 'Prefer')));
  const packed = packPush({ ...changes, ...pushOptions(c, application, prefer) });
  const call = changes.sender.kind === 'anonymous' ? callOnce : callApplication;
  const answer = await call(c, application, (stub) => stub.push(packed));
  return answerPush(unpackPushAnswer(answer), {
    prefer,
    shape,
    base: `/v1/apps/${applicationName(application)}`,
    atomicity: changes.atomicity,
  });
};

/** The members of a push that come from headers and the token. */
type PushOptions = Omit<PushMessage, 'sender' | 'changes' | 'atomicity' | 'via'>;

const pushOptions = (c: Ctx, application: ApplicationId, prefer: Prefer): PushOptions => {
  const { tags: match } = unwrap(parseIfMatch(headerOf(c, 'If-Match')));
  const principal = c.get('principal');
  const { name: kind } = unwrap(parseKind(headerOf(c, KIND_HEADER)));
  return {
    user: principal.subject,
    ...(kind === undefined ? {} : { kind }),
    ...(match === undefined ? {} : { match }),
    validate: prefer.precheck ? 'on-accept' : 'when-applied',
    ifMissing: ifMissingFor(roleFor(principal, application)),
    ...(prefer.wait === undefined ? {} : { wait: prefer.wait }),
    returns: prefer.return === 'representation' ? 'state' : 'receipts',
  };
};
