import type { Position } from '../../../protocol/position.ts';
import type { ProblemBody } from '../../../protocol/problems.ts';
import type { Receipt, Ticket } from '../../../protocol/receipt.ts';
import { etagOf } from '../../../protocol/version.ts';
import type { PushAnswer } from '../../rpc/messages.ts';
import type { Prefer } from '../request/prefer.ts';
import { costHeader } from './cost-header.ts';
import { JSON_TYPE, json, outcomeResponse, problemResponse, type ResponseParts, respondWrite } from './response.ts';

/** What the answer to a push depends on besides what became of it. */
export interface PushShape {
  readonly prefer: Prefer;
  readonly shape: 'one' | 'many';
  readonly atomicity: 'each' | 'atomic';
  /** The application's path, for links. */
  readonly base: string;
}

export const answerPush = (pushed: PushAnswer, how: PushShape): Response => {
  switch (pushed.kind) {
    case 'refused':
      return problemResponse(pushed.problem, { position: pushed.position });
    case 'accepted':
      return answerAccepted(pushed, how);
    case 'settled':
      return answerSettled(pushed, how);
    default:
      return pushed satisfies never;
  }
};

/** "It is in the queue, durably" [Q1]; the ticket is where to ask what became of it. */
const answerAccepted = (accepted: PushAnswer & { readonly kind: 'accepted' }, how: PushShape): Response => {
  const { receipts, position, cost } = accepted;
  const last = receipts.at(-1) as Receipt;
  const rest = {
    position,
    headers: { Location: ticketUrl(how, last), ...costHeader(cost), ...applied(how, 'return=minimal') },
  };
  if (how.prefer.return === 'minimal') return respondWrite({ status: 204, ...rest });
  const { version } = position;
  const body =
    how.shape === 'one'
      ? JSON.stringify({ ...last, version })
      : `{"receipts":[${receipts.map(printReceipt)}],"version":${version}}`;
  return respondWrite({ status: 202, body, position, headers: { ...JSON_TYPE, ...rest.headers } });
};

/** Ids need no escapes [I1]; a batch has a thousand of these. */
const printReceipt = ({ client, n, seq, repeated }: Receipt): string =>
  `{"client":"${client}","n":${n},"seq":${seq}${repeated === true ? ',"repeated":true' : ''}}`;

const answerSettled = (settled: PushAnswer & { readonly kind: 'settled' }, how: PushShape): Response => {
  const { tickets, position, state, cost } = settled;
  const last = tickets.at(-1) as Ticket;
  const told = { Location: ticketUrl(how, last), ...costHeader(cost) };
  const refused = how.shape === 'one' || how.atomicity === 'atomic' ? refusalOf(tickets) : undefined;
  if (refused !== undefined)
    return outcomeResponse(refused, { position, headers: { ...told, ...applied(how, 'wait') } });
  if (how.prefer.return === 'minimal') {
    return respondWrite({ status: 204, position, headers: { ...told, ...applied(how, 'wait', 'return=minimal') } });
  }
  if (state !== undefined) return json(200, state, represented(how, position, told));
  const body = how.shape === 'one' ? last : { tickets, version: position.version };
  const headers = { ...JSON_TYPE, ...told, ...applied(how, 'wait') };
  return respondWrite({ status: 200, body: JSON.stringify(body), position, headers });
};

/** The body is the state, as a read of it would have been answered (RFC 9110, 8.7). */
const represented = (
  how: PushShape,
  position: Position,
  told: Record<string, string>,
): Omit<ResponseParts, 'status'> => ({
  position,
  headers: {
    ...told,
    ETag: etagOf(position),
    'Content-Location': `${how.base}/state`,
    ...applied(how, 'wait', 'return=representation'),
  },
});

/** Why a change, or an atomic batch, was not applied: the change that failed rather than those that went with it. */
const refusalOf = (tickets: readonly Ticket[]): ProblemBody | undefined => {
  const problems = tickets.flatMap((ticket) => ('problem' in ticket ? [ticket.problem] : []));
  return problems.find(({ type }) => !type.endsWith(':batch-failed')) ?? problems[0];
};

const ticketUrl = ({ base }: PushShape, { client, n }: Receipt): string => `${base}/changes/${client}/${n}`;

/** Tells which preferences were honored (RFC 7240, 3). */
const applied = ({ prefer }: PushShape, ...honored: readonly string[]): Record<string, string> => {
  const met = honored.filter((each) => each === 'wait' || each === `return=${prefer.return}`);
  return met.length === 0
    ? {}
    : { 'Preference-Applied': met.map((each) => (each === 'wait' ? `wait=${prefer.wait}` : each)).join(', ') };
};
