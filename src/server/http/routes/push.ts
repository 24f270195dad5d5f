import { Refusal } from '../../../core/json/refusal.ts';
import type { Sender } from '../../../protocol/change.ts';
import { type ApplicationId, applicationName } from '../../../protocol/ids.ts';
import { problem } from '../../../protocol/problems.ts';
import { authorize } from '../../access/authorize.ts';
import type { PushMessage } from '../../rpc/messages.ts';
import { packPush, unpackPushAnswer } from '../../rpc/packing.ts';
import { call, callOnce } from '../object/call-application.ts';
import { readBatch, readChange } from '../request/change-body.ts';
import { authorized, type Ctx, clientParam, counterParam, headerOf, need } from '../request/context.ts';
import { parseIfMatch } from '../request/entity-tags.ts';
import { parseIdempotencyKey } from '../request/idempotency-key.ts';
import { type Prefer, parsePrefer } from '../request/prefer.ts';
import { answerPush, type PushShape } from '../response/push-response.ts';

/** `PUT …/changes/{client}/{n}` */
export const putChange = async (c: Ctx): Promise<Response> => {
  const application = authorized(c, 'writer');
  const sender: Sender = { kind: 'client', client: clientParam(c), n: counterParam(c, 'n') };
  return push(c, application, { sender, changes: [await readChange(c.req.raw)], grouping: 'each', shape: 'one' });
};

/** `PUT …/changes/{client}` */
export const putBatch = async (c: Ctx): Promise<Response> => {
  const application = authorized(c, 'writer');
  const client = clientParam(c);
  const { n, changes, grouping } = await readBatch(c.req.raw);
  if (grouping === 'each' && headerOf(c, 'If-Match') !== null) {
    throw new Refusal(problem('invalid-header', 'If-Match on a batch needs "atomic": true.'));
  }
  return push(c, application, { sender: { kind: 'client', client, n }, changes, grouping, shape: 'many' });
};

/** `POST …/changes` */
export const postChange = async (c: Ctx): Promise<Response> => {
  const application = authorized(c, 'writer');
  const { key } = need(parseIdempotencyKey(headerOf(c, 'Idempotency-Key')));
  const sender: Sender = key === undefined ? { kind: 'anonymous' } : { kind: 'key', key };
  return push(c, application, { sender, changes: [await readChange(c.req.raw)], grouping: 'each', shape: 'one' });
};

const push = async (
  c: Ctx,
  application: ApplicationId,
  what: Pick<PushMessage, 'sender' | 'changes' | 'grouping'> & Pick<PushShape, 'shape'>,
): Promise<Response> => {
  const prefer = need(parsePrefer(headerOf(c, 'Prefer')));
  const { shape, ...asked } = what;
  const packed = packPush({ ...asked, ...circumstances(c, application, prefer) });
  const send = asked.sender.kind === 'anonymous' ? callOnce : call;
  const pushed = await send(c, application, (stub) => stub.push(packed));
  return answerPush(unpackPushAnswer(pushed), {
    prefer,
    shape,
    base: `/v1/apps/${applicationName(application)}`,
    grouping: what.grouping,
  });
};

type Circumstances = Omit<PushMessage, 'sender' | 'changes' | 'grouping' | 'via'>;

const circumstances = (c: Ctx, application: ApplicationId, prefer: Prefer): Circumstances => {
  const { tags: match } = need(parseIfMatch(headerOf(c, 'If-Match')));
  const principal = c.get('principal');
  // Only who could create it by hand creates it by pushing [L2].
  const mayCreate = authorize(principal, application, 'admin') === 'granted';
  return {
    user: principal.subject,
    ...(match === undefined ? {} : { match }),
    judged: prefer.precheck ? 'at-the-door-too' : 'when-applied',
    unknown: mayCreate ? 'create' : 'refuse',
    ...(prefer.wait === undefined ? {} : { wait: prefer.wait }),
    answer: prefer.return === 'representation' ? 'state' : 'receipts',
  };
};
