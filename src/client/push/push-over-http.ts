import { KIND_HEADER } from '../../protocol/kind.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import type { Receipt, Ticket } from '../../protocol/receipt.ts';
import { type HttpClient, type HttpResponse, parseProblem } from '../platform/http-client.ts';
import { costOf } from '../platform/parse-cost.ts';
import { tryParseJson } from '../platform/parse-json.ts';
import { parsePosition } from '../platform/parse-position.ts';
import { type PushRequest, sentChanges } from './push-request.ts';
import type { PushResponse } from './push-response.ts';
import { isForeign, isTransient } from './push-result.ts';

/** With `wait` the server applies in the turn in which it accepts [D11]. After so long, the ticket has to be polled. */
const WAIT_SECONDS = 2;
const PUSH_TIMEOUT_MS = 15_000;

/**
 * Sends a push by `PUT`, with the client's kind; never rejects. Always a batch, even of one: its answer has a ticket for each
 * change, so that a 4xx means that the push was refused [J11]. An atomic one may also be rejected by a 4xx: `accepted` [Q17].
 */
export const pushOverHttp = async (
  http: HttpClient,
  request: PushRequest,
  controller: AbortController,
): Promise<PushResponse> => {
  const changes = sentChanges(request);
  const answer = await http.call({
    method: 'PUT',
    path: `/changes/${request.client}`,
    headers: {
      'Content-Type': 'application/json',
      Prefer: `wait=${WAIT_SECONDS}`,
      ...(http.kind !== undefined && { [KIND_HEADER]: http.kind }),
      ...(request.match !== undefined && { 'If-Match': request.match }),
    },
    body: JSON.stringify({ n: request.n, changes, ...(request.isAtomic && { atomic: true }) }),
    controller,
    timeoutMs: PUSH_TIMEOUT_MS,
  });
  return parsePushResponse(answer, request);
};

const parsePushResponse = (answer: HttpResponse, request: PushRequest): PushResponse => {
  const { status, headers, text, retryAfterMs } = answer;
  const epoch = parsePosition(headers)?.epoch;
  const receipts = status === 200 || status === 202 ? parseReceipts(text) : undefined;
  const cost = request.cost ? costOf(headers) : undefined;
  if (receipts !== undefined && epoch !== undefined) return { kind: 'accepted', epoch, receipts, cost };
  const problem = parseProblem(answer);
  if (problem.accepted && epoch !== undefined)
    return { kind: 'accepted', epoch, receipts: [rejectedTicket(problem, request)], cost };
  // An answer that does not come from Changebucket proves nothing about the change; but what is too large for a proxy
  // has not passed it.
  const isFinal = isForeign(problem) ? status === 413 : !isTransient(problem);
  if (isFinal) return { kind: 'refused', epoch, problem };
  const isBlocked = isForeign(problem) && status < 500 && !PASSING_STATUSES.includes(status);
  return { kind: 'unknown', problem, retryAfterMs, isBlocked };
};

/** The ticket of an atomic push that was rejected, at its last change. */
const rejectedTicket = ({ accepted: _, ...problem }: ProblemBody, { client, n, count }: PushRequest): Ticket => {
  const { seq = 0, index = 0 } = problem;
  return { client, n: n + count - 1, seq: seq - index + count - 1, status: 'rejected', problem };
};

/** Refusals of a proxy that do not depend on the change: it asks for a sign-in, or is busy. */
const PASSING_STATUSES: readonly number[] = [401, 407, 408, 425, 429];

const parseReceipts = (text: string): readonly (Receipt | Ticket)[] | undefined => {
  const body = tryParseJson<{ receipts?: Receipt[]; tickets?: Ticket[] } | null>(text);
  return body?.tickets ?? body?.receipts;
};
