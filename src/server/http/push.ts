import { Refusal } from '../../core/refusal.ts';
import type { Sender } from '../../protocol/change.ts';
import { type ApplicationId, applicationName } from '../../protocol/ids.ts';
import { problem } from '../../protocol/problems.ts';
import { authorize } from '../access/authorize.ts';
import type { PushMessage } from '../application/messages.ts';
import { call, callOnce } from './application-call.ts';
import { readBatch, readChange } from './change-body.ts';
import { parseIfMatch } from './conditional.ts';
import { authorised, type Ctx, clientParam, counterParam, need } from './context.ts';
import { parseIdempotencyKey } from './idempotency.ts';
import { type Prefer, parsePrefer } from './prefer.ts';
import { answerPush, type Pushed } from './push-answer.ts';

/** `PUT …/changes/{client}/{n}` */
export const putChange = async (c: Ctx): Promise<Response> => {
  const application = authorised(c, 'writer');
  const sender: Sender = { kind: 'client', client: clientParam(c), n: counterParam(c, 'n') };
  return push(c, application, { sender, changes: [await readChange(c.req.raw)], grouping: 'each', shape: 'one' });
};

/** `PUT …/changes/{client}` */
export const putBatch = async (c: Ctx): Promise<Response> => {
  const application = authorised(c, 'writer');
  const client = clientParam(c);
  const { n, changes, grouping } = await readBatch(c.req.raw);
  if (grouping === 'each' && c.req.header('If-Match') !== undefined) {
    throw new Refusal(problem('invalid-header', 'If-Match on a batch needs "atomic": true.'));
  }
  return push(c, application, { sender: { kind: 'client', client, n }, changes, grouping, shape: 'many' });
};

/** `POST …/changes` */
export const postChange = async (c: Ctx): Promise<Response> => {
  const application = authorised(c, 'writer');
  const { key } = need(parseIdempotencyKey(c.req.header('Idempotency-Key') ?? null));
  const sender: Sender = key === undefined ? { kind: 'anonymous' } : { kind: 'key', key };
  return push(c, application, { sender, changes: [await readChange(c.req.raw)], grouping: 'each', shape: 'one' });
};

const push = async (
  c: Ctx,
  application: ApplicationId,
  what: Pick<PushMessage, 'sender' | 'changes' | 'grouping'> & Pick<Pushed, 'shape'>,
): Promise<Response> => {
  const prefer = need(parsePrefer(c.req.header('Prefer') ?? null));
  const { shape, ...pushed } = what;
  const message = { ...pushed, ...circumstances(c, application, prefer) };
  const send = message.sender.kind === 'anonymous' ? callOnce : call;
  const answer = await send(c, application, (stub) => stub.push(message));
  return answerPush(answer, {
    prefer,
    shape,
    base: `/v1/apps/${applicationName(application)}`,
    grouping: what.grouping,
  });
};

type Circumstances = Omit<PushMessage, 'sender' | 'changes' | 'grouping'>;

const circumstances = (c: Ctx, application: ApplicationId, prefer: Prefer): Circumstances => {
  const { tags: match } = need(parseIfMatch(c.req.header('If-Match') ?? null));
  const { principal } = c.var;
  // Only who could create it by hand creates it by pushing [L2].
  const mayCreate = authorize(principal, application, 'admin') === 'granted';
  return {
    application,
    user: principal.subject,
    ...(match === undefined ? {} : { match }),
    judged: prefer.precheck ? 'at-the-door-too' : 'when-applied',
    unknown: mayCreate ? 'create' : 'refuse',
    ...(prefer.wait === undefined ? {} : { wait: prefer.wait }),
    answer: prefer.return === 'representation' ? 'state' : 'receipts',
  };
};
