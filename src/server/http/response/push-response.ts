import type { Position } from '../../../protocol/position.ts';
import type { Problem, ProblemBody } from '../../../protocol/problems.ts';
import type { Receipt, Ticket } from '../../../protocol/receipt.ts';
import { etagOf } from '../../../protocol/version.ts';
import type { PushAnswer } from '../../rpc/messages.ts';
import type { Prefer } from '../request/prefer.ts';
import { costHeader, timingHeader } from './cost-header.ts';
import { JSON_TYPE, json, outcomeResponse, problemResponse, type ResponseParts, respondWrite } from './response.ts';

/** The properties of a push that shape its answer, besides its outcome. */
export interface PushShape {
  readonly prefer: Prefer;
  /** Ms of the call of the application. */
  readonly call: number;
  /** Whether the request held one change or a batch. */
  readonly shape: 'one' | 'many';
  readonly atomicity: 'each' | 'atomic';
  /** The application's path, for links. */
  readonly base: string;
}

/** The response to a push. */
export const answerPush = (answer: PushAnswer, push: PushShape): Response => {
  switch (answer.kind) {
    case 'refused':
      return problemResponse(refusalOf(answer.problem, push.prefer), { position: answer.position });
    case 'accepted':
      return answerAccepted(answer, push);
    case 'settled':
      return answerSettled(answer, push);
    default:
      return answer satisfies never;
  }
};

/** A push that waits may also be answered with a rejection: the member `accepted` tells which it is [Q17]. */
export const refusalOf = (reason: Problem, { wait }: Pick<Prefer, 'wait'>): Problem =>
  wait === undefined ? reason : { ...reason, accepted: false };

/** The changes are durably in the queue [Q1]. `Location` is the ticket, whose URL answers with the outcome. */
const answerAccepted = (accepted: PushAnswer & { readonly kind: 'accepted' }, push: PushShape): Response => {
  const { receipts, position } = accepted;
  const last = receipts.at(-1) as Receipt;
  const headers = { Location: ticketUrl(push, last), ...measured(accepted, push), ...honored(push, 'return=minimal') };
  if (push.prefer.return === 'minimal') return respondWrite({ status: 204, position, headers });
  const { version } = position;
  const body =
    push.shape === 'one'
      ? JSON.stringify({ ...last, version })
      : `{"receipts":[${receipts.map(printReceipt)}],"version":${version}}`;
  return respondWrite({ status: 202, body, position, headers: { ...JSON_TYPE, ...headers } });
};

/** What the push has cost, and how long it took. */
const measured = (
  { cost, timing }: Exclude<PushAnswer, { readonly kind: 'refused' }>,
  { call }: PushShape,
): Record<string, string> => ({ ...costHeader(cost), ...timingHeader(timing, call) });

/** By hand, as ids need no escapes [I1] and a batch has up to a thousand receipts. */
const printReceipt = ({ client, n, seq, repeated }: Receipt): string =>
  `{"client":"${client}","n":${n},"seq":${seq}${repeated === true ? ',"repeated":true' : ''}}`;

const answerSettled = (settled: PushAnswer & { readonly kind: 'settled' }, push: PushShape): Response => {
  const { tickets, position, state } = settled;
  const last = tickets.at(-1) as Ticket;
  const common = { Location: ticketUrl(push, last), ...measured(settled, push) };
  const rejection = push.shape === 'one' || push.atomicity === 'atomic' ? rejectionIn(tickets) : undefined;
  if (rejection !== undefined)
    return outcomeResponse(
      { ...rejection, accepted: true },
      { position, headers: { ...common, ...honored(push, 'wait') } },
    );
  if (push.prefer.return === 'minimal') {
    return respondWrite({ status: 204, position, headers: { ...common, ...honored(push, 'wait', 'return=minimal') } });
  }
  if (state !== undefined) return json(200, state, representation(push, position, common));
  const body = push.shape === 'one' ? last : { tickets, version: position.version };
  const headers = { ...JSON_TYPE, ...common, ...honored(push, 'wait') };
  return respondWrite({ status: 200, body: JSON.stringify(body), position, headers });
};

/** The headers of a body that is the state, the same as a read of it has (RFC 9110, 8.7). */
const representation = (
  push: PushShape,
  position: Position,
  common: Record<string, string>,
): Omit<ResponseParts, 'status'> => ({
  position,
  headers: {
    ...common,
    ETag: etagOf(position),
    'Content-Location': `${push.base}/state`,
    ...honored(push, 'wait', 'return=representation'),
  },
});

/** The problem of a rejected change or atomic batch: that of the change that failed, not of the others in the batch. */
const rejectionIn = (tickets: readonly Ticket[]): ProblemBody | undefined => {
  const problems = tickets.flatMap((ticket) => ('problem' in ticket ? [ticket.problem] : []));
  return problems.find(({ type }) => !type.endsWith(':batch-failed')) ?? problems[0];
};

const ticketUrl = ({ base }: PushShape, { client, n }: Receipt): string => `${base}/changes/${client}/${n}`;

/** The header that names the honored preferences (RFC 7240, 3): those of `candidates` that were sent. */
const honored = ({ prefer }: PushShape, ...candidates: readonly string[]): Record<string, string> => {
  const sent = candidates.filter((each) => each === 'wait' || each === `return=${prefer.return}`);
  return sent.length === 0
    ? {}
    : { 'Preference-Applied': sent.map((each) => (each === 'wait' ? `wait=${prefer.wait}` : each)).join(', ') };
};
