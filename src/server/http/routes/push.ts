import { ProblemError } from '../../../core/json/problem-error.ts';
import type { Sender } from '../../../protocol/change.ts';
import { type ApplicationId, applicationName } from '../../../protocol/ids.ts';
import { problem } from '../../../protocol/problems.ts';
import { authorize } from '../../access/authorize.ts';
import type { PushMessage } from '../../rpc/messages.ts';
import { packPush, unpackPushAnswer } from '../../rpc/packing.ts';
import { callApplication, callOnce } from '../object/call-application.ts';
import { readBatch, readChange } from '../request/change-body.ts';
import { type Ctx, clientParam, counterParam, headerOf, requireRole, unwrap } from '../request/context.ts';
import { parseIfMatch } from '../request/entity-tags.ts';
import { parseIdempotencyKey } from '../request/idempotency-key.ts';
import { type Prefer, parsePrefer } from '../request/prefer.ts';
import { answerPush, type PushShape } from '../response/push-response.ts';

/** `PUT …/changes/{client}/{n}` */
export const putChange = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'writer');
  const sender: Sender = { kind: 'client', client: clientParam(c), n: counterParam(c, 'n') };
  return push(c, application, { sender, changes: [await readChange(c.req.raw)], atomicity: 'each', shape: 'one' });
};

/** `PUT …/changes/{client}` */
export const putBatch = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'writer');
  const client = clientParam(c);
  const { n, changes, atomicity } = await readBatch(c.req.raw);
  if (atomicity === 'each' && headerOf(c, 'If-Match') !== null) {
    throw new ProblemError(problem('invalid-header', 'If-Match on a batch needs "atomic": true.'));
  }
  return push(c, application, { sender: { kind: 'client', client, n }, changes, atomicity, shape: 'many' });
};

/** `POST …/changes` */
export const postChange = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'writer');
  const { key } = unwrap(parseIdempotencyKey(headerOf(c, 'Idempotency-Key')));
  const sender: Sender = key === undefined ? { kind: 'anonymous' } : { kind: 'key', key };
  return push(c, application, { sender, changes: [await readChange(c.req.raw)], atomicity: 'each', shape: 'one' });
};

const push = async (
  c: Ctx,
  application: ApplicationId,
  what: Pick<PushMessage, 'sender' | 'changes' | 'atomicity'> & Pick<PushShape, 'shape'>,
): Promise<Response> => {
  const prefer = unwrap(parsePrefer(headerOf(c, 'Prefer')));
  const { shape, ...asked } = what;
  const packed = packPush({ ...asked, ...circumstances(c, application, prefer) });
  const send = asked.sender.kind === 'anonymous' ? callOnce : callApplication;
  const pushed = await send(c, application, (stub) => stub.push(packed));
  return answerPush(unpackPushAnswer(pushed), {
    prefer,
    shape,
    base: `/v1/apps/${applicationName(application)}`,
    atomicity: what.atomicity,
  });
};

type Circumstances = Omit<PushMessage, 'sender' | 'changes' | 'atomicity' | 'via'>;

const circumstances = (c: Ctx, application: ApplicationId, prefer: Prefer): Circumstances => {
  const { tags: match } = unwrap(parseIfMatch(headerOf(c, 'If-Match')));
  const principal = c.get('principal');
  // Only who could create it by hand creates it by pushing [L2].
  const mayCreate = authorize(principal, application, 'admin') === 'granted';
  return {
    user: principal.subject,
    ...(match === undefined ? {} : { match }),
    validate: prefer.precheck ? 'on-accept' : 'when-applied',
    ifMissing: mayCreate ? 'create' : 'refuse',
    ...(prefer.wait === undefined ? {} : { wait: prefer.wait }),
    returns: prefer.return === 'representation' ? 'state' : 'receipts',
  };
};
