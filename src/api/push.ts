import { checkOption } from '../client/platform/check-option.ts';
import { copyJson } from '../client/platform/copy-json.ts';
import { costOf } from '../client/platform/parse-cost.ts';
import { parsePosition } from '../client/platform/parse-position.ts';
import { isId } from '../protocol/ids.ts';
import type { Json } from '../protocol/json.ts';
import { KIND_HEADER } from '../protocol/kind.ts';
import { WAIT_SECONDS_MAX } from '../protocol/limits.ts';
import type { Receipt, Ticket } from '../protocol/receipt.ts';
import { etagOf } from '../protocol/version.ts';
import { type Answer, jsonOf, versionOf } from './answers.ts';
import type { Call } from './call.ts';
import type { PushedState, PushOptions } from './push-api.ts';

/** A change without its types. */
export interface AnyChange {
  readonly name: string;
  readonly args?: unknown;
  readonly nonce?: string;
}

/** What the requests of pushes need of their application. */
export interface PushTarget {
  /** Its path. */
  readonly base: string;
  /** The kind of its definition. */
  readonly kind: string | undefined;
  readonly newId: () => string;
}

/**
 * The request of a push.
 *
 * @throws ProblemError `not-json` for args that JSON has no word for
 * @throws TypeError for an idempotency key that is none [I1]
 */
export const pushCall = ({ base, kind, newId }: PushTarget, change: AnyChange, options: PushOptions): Call => {
  const { client, n, nonce, idempotencyKey } = options;
  const body = JSON.stringify(sentChange({ ...change, ...(nonce === undefined ? {} : { nonce }) }));
  const { headers = {}, ...call } = preferring({ kind, ...options });
  if (client !== undefined)
    return { ...call, method: 'PUT', path: `${base}/changes/${client}/${n}`, headers, body: () => body };
  checkOption(isId(idempotencyKey ?? 'a'), 'idempotencyKey', idempotencyKey, 'an id [I1]');
  return {
    ...call,
    method: 'POST',
    path: `${base}/changes`,
    headers: { ...headers, 'Idempotency-Key': idempotencyKey ?? newId() },
    body: () => body,
  };
};

/** A batch without its types. */
export interface AnyBatch extends Omit<PushOptions, 'client' | 'n' | 'nonce' | 'idempotencyKey'> {
  readonly client: string;
  readonly n: number;
  readonly changes: readonly AnyChange[];
  readonly atomic?: boolean;
}

/** The request of a batch. @throws ProblemError `not-json` */
export const batchCall = ({ base, kind }: Omit<PushTarget, 'newId'>, batch: AnyBatch): Call => {
  const { client, n, changes, atomic } = batch;
  const body = JSON.stringify({ n, changes: changes.map(sentChange), ...(atomic === undefined ? {} : { atomic }) });
  return {
    ...preferring({ kind, ...batch }),
    method: 'PUT',
    path: `${base}/changes/${client}`,
    body: () => body,
  };
};

const sentChange = ({ name, args = {}, nonce }: AnyChange): object => ({
  name,
  args: copyJson(args),
  ...(nonce === undefined ? {} : { nonce }),
});

/** The parts of a push that are the same for one change and for a batch. */
const preferring = ({
  kind,
  ifMatch,
  precheck,
  returnState,
  wait = returnState === true ? WAIT_SECONDS_MAX : undefined,
  signal,
}: Omit<PushOptions, 'kind'> & { readonly kind: string | undefined }): Omit<Call, 'path'> => {
  const prefer = [
    ...(precheck === true ? ['precheck'] : []),
    ...(wait === undefined ? [] : [`wait=${wait}`]),
    ...(returnState === true ? ['return=representation'] : []),
  ];
  return {
    headers: {
      'Content-Type': 'application/json',
      ...(kind === undefined ? {} : { [KIND_HEADER]: kind }),
      ...(ifMatch === undefined ? {} : { 'If-Match': ifMatch }),
      ...(prefer.length === 0 ? {} : { Prefer: prefer.join(', ') }),
    },
    waitMs: (wait ?? 0) * 1_000,
    signal,
  };
};

/** What the answer to a push tells besides its body. */
export const facts = ({ headers }: Answer) => ({ position: parsePosition(headers), cost: costOf(headers) });

/** The state in the answer to a push, where it is one [Q11]. */
export const pushedState = (answer: Answer): PushedState<Json> | undefined => {
  if (!answer.headers.has('Content-Location')) return undefined;
  const version = versionOf(answer);
  return { status: 'applied', ...version, etag: etagOf(version), state: jsonOf<Json>(answer), ...facts(answer) };
};

/** The ticket of a change, from the answer to its push: without an outcome it is queued. */
export const pushedTicket = (answer: Answer): Ticket => ticketOf(jsonOf<Receipt | Ticket>(answer));

/** The tickets of a batch. */
export const pushedTickets = (answer: Answer): Ticket[] => {
  const { receipts = [], tickets = receipts } = jsonOf<{ receipts?: Receipt[]; tickets?: Ticket[] }>(answer);
  return tickets.map(ticketOf);
};

const ticketOf = (receipt: Receipt | Ticket): Ticket =>
  'status' in receipt
    ? receipt
    : {
        client: receipt.client,
        n: receipt.n,
        seq: receipt.seq,
        status: 'queued',
        ...(receipt.repeated === true ? { repeated: true } : {}),
      };
