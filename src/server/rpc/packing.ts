import type { Claims } from '../../core/definition.ts';
import type { Brand } from '../../protocol/brand.ts';
import type { Change, Precondition, Sender } from '../../protocol/change.ts';
import type { ClientId } from '../../protocol/ids.ts';
import type { Position } from '../../protocol/position.ts';
import { etagOf, parseEtag, type Version } from '../../protocol/version.ts';
import { cell, columnsOf, type Row } from './columns.ts';
import type { LifecycleApi } from './lifecycle-messages.ts';
import type {
  Accepted,
  PushAnswer,
  PushMessage,
  ReadAnswer,
  ReadMessage,
  ReceiptAnswer,
  Refusal,
  SenderArguments,
  UseApi,
} from './messages.ts';
import { parseReceipts, printReceipts } from './receipt-runs.ts';
import type { RecoveryApi } from './recovery.ts';

// Pushes and polls are nearly all of the traffic, so they cross RPC as flat arrays: objects with names, and objects
// inside objects, cost structured clone 65,000 instructions for each call, a quarter of the call (counted under
// valgrind). Each list of columns below is what both versions of a deployment agree on: see columnsOf.

/** A push, on its way to the application. */
export type PackedPush = Brand<Row, 'push'>;
/** A read, on its way to the application. */
export type PackedRead = Brand<Row, 'read'>;
/** The answer to a push: a row where it was accepted and nothing more. */
export type PackedPushAnswer = PushAnswer | Brand<Row, 'receipts'>;
/** The answer to a read: a row where it was not refused. */
export type PackedReadAnswer = Refusal | Brand<Row, 'state'>;

/** The calls a Worker may make: those of the application, the two busiest of them packed. */
export interface RemoteApplication extends Omit<UseApi, 'push' | 'read'>, LifecycleApi, RecoveryApi {
  /** @param pass see `SenderArguments` */
  push(packed: PackedPush, pass?: string): Promise<PackedPushAnswer>;
  /** @param sender missing where an older Worker calls */
  read(packed: PackedRead, ...sender: SenderArguments): Promise<PackedReadAnswer>;
}

/** A push over HTTP. The application adds how it came. */
type Push = Omit<PushMessage, 'via'>;

const PUSH = columnsOf<Push>()({
  senderKind: ({ sender }) => sender.kind,
  senderId: ({ sender }) => senderId(sender),
  n: ({ sender }) => (sender.kind === 'client' ? sender.n : 0),
  user: ({ user }) => user,
  atomicity: ({ atomicity }) => atomicity,
  validate: ({ validate }) => validate,
  ifMissing: ({ ifMissing }) => ifMissing,
  returns: ({ returns }) => returns,
  names: ({ changes }) => printNames(changes),
  args: ({ changes }) => changes.map(({ args }) => args).join(SEPARATOR),
  wait: ({ wait }) => wait,
  match: ({ match }) => (match === undefined || match === '*' ? match : match.join(' ')),
  kind: ({ kind }) => kind,
  nonces: ({ changes }) => printNonces(changes),
  role: ({ role }) => role,
  claims: ({ claims }) => (claims === undefined ? undefined : JSON.stringify(claims)),
  request: ({ request }) => request,
});

export const packPush = (message: Push): PackedPush => PUSH.pack(message) as PackedPush;

export const unpackPush = (row: PackedPush): PushMessage => {
  const { at } = PUSH;
  const [wait, match, kind] = [cell(row, at.wait), cell(row, at.match), cell(row, at.kind)];
  const [role, claims, request] = [cell(row, at.role), cell(row, at.claims), cell(row, at.request)];
  return {
    sender: senderOf(cell(row, at.senderKind), cell(row, at.senderId), cell(row, at.n)),
    changes: parseChanges(cell(row, at.names), cell(row, at.args), cell(row, at.nonces)),
    atomicity: cell(row, at.atomicity),
    validate: cell(row, at.validate),
    user: cell(row, at.user),
    via: 'request',
    ifMissing: cell(row, at.ifMissing),
    returns: cell(row, at.returns),
    ...(wait === undefined ? {} : { wait }),
    ...(match === undefined ? {} : { match: parsePrecondition(match) }),
    ...(kind === undefined ? {} : { kind }),
    ...(role === undefined ? {} : { role }),
    ...(claims === undefined ? {} : { claims: JSON.parse(claims) as Claims }),
    ...(request === undefined ? {} : { request }),
  };
};

const senderId = (sender: Sender): string => {
  if (sender.kind === 'client') return sender.client;
  return sender.kind === 'key' ? sender.key : '';
};

const senderOf = (kind: Sender['kind'], id: string, n: number): Sender => {
  if (kind === 'client') return { kind, client: id as ClientId, n };
  return kind === 'key' ? { kind, key: id } : { kind };
};

/** A line feed: printed JSON has none of its own, and neither has a name. */
const SEPARATOR = '\n';

/** One name stands for all where all changes have the same. */
const printNames = (changes: readonly Change[]): string => {
  const [first] = changes;
  return first !== undefined && changes.every(({ name }) => name === first.name)
    ? first.name
    : changes.map(({ name }) => name).join(SEPARATOR);
};

/** An empty one stands for none. */
const printNonces = (changes: readonly Change[]): string | undefined =>
  changes.some(({ nonce }) => nonce !== undefined) ? changes.map(({ nonce = '' }) => nonce).join(SEPARATOR) : undefined;

const parseChanges = (text: string, args: string, nonceText: string | undefined): Change[] => {
  const names = text.split(SEPARATOR);
  const [first = ''] = names;
  const nonces = nonceText?.split(SEPARATOR);
  return args.split(SEPARATOR).map((each, index) => {
    const change = { name: names[index] ?? first, args: each };
    const nonce = nonces?.[index] ?? '';
    return nonce === '' ? change : { ...change, nonce };
  });
};

/** No tag holds a space. The list may be empty, as weak tags are dropped from it. */
const parsePrecondition = (match: string): Precondition =>
  match === '*' ? match : match.split(' ').filter((tag) => tag !== '');

const POSITION = {
  epoch: ({ position }: { readonly position: Position }) => position.epoch,
  version: ({ position }: { readonly position: Position }) => position.version,
  head: ({ position }: { readonly position: Position }) => position.head,
  queue: ({ position }: { readonly position: Position }) => position.queue,
  lag: ({ position }: { readonly position: Position }) => position.lag,
};

/** Every answer begins with its position. A member added to Position needs a column at the end of both answers. */
const positionOf = (row: Row): Position => {
  const { at } = PUSH_ANSWER;
  return {
    epoch: cell(row, at.epoch),
    version: cell(row, at.version),
    head: cell(row, at.head),
    queue: cell(row, at.queue),
    lag: cell(row, at.lag),
  };
};

const PUSH_ANSWER = columnsOf<Accepted & Exclude<ReceiptAnswer, Refusal>>()({
  ...POSITION,
  rowsRead: ({ cost }) => cost.rowsRead,
  rowsWritten: ({ cost }) => cost.rowsWritten,
  storedBytes: ({ cost }) => cost.storedBytes,
  awakeMs: ({ cost }) => cost.awakeMs,
  receipts: ({ receipts }) => printReceipts(receipts),
  timing: ({ timing }) => timing,
});

export const packPushAnswer = (answer: PushAnswer): PackedPushAnswer =>
  answer.kind === 'accepted' ? (PUSH_ANSWER.pack(answer) as Brand<Row, 'receipts'>) : answer;

export const unpackPushAnswer = (answer: PackedPushAnswer): PushAnswer => {
  if (!isRow(answer)) return answer;
  const { at } = PUSH_ANSWER;
  const timing = cell(answer, at.timing);
  return {
    kind: 'accepted',
    receipts: parseReceipts(cell(answer, at.receipts)),
    position: positionOf(answer),
    cost: {
      rowsRead: cell(answer, at.rowsRead),
      rowsWritten: cell(answer, at.rowsWritten),
      storedBytes: cell(answer, at.storedBytes),
      awakeMs: cell(answer, at.awakeMs),
    },
    ...(timing === undefined ? {} : { timing }),
  };
};

const READ = columnsOf<ReadMessage>()({
  known: ({ known }) => (known === '*' ? known : known.map(etagOf).join(' ')),
  delta: ({ delta }) => delta,
  drain: ({ drain }) => drain,
  minVersion: ({ minVersion }) => minVersion,
  wait: ({ wait }) => wait,
  at: ({ at }) => at,
  path: ({ path }) => path,
});

export const packRead = (message: ReadMessage): PackedRead => READ.pack(message) as PackedRead;

export const unpackRead = (row: PackedRead): ReadMessage => {
  const { at: column } = READ;
  const [known, minVersion, wait] = [cell(row, column.known), cell(row, column.minVersion), cell(row, column.wait)];
  const [at, path] = [cell(row, column.at), cell(row, column.path)];
  return {
    known: known === '*' ? known : known.split(' ').flatMap((tag) => parseEtag(tag) ?? []),
    delta: cell(row, column.delta),
    drain: cell(row, column.drain),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(wait === undefined ? {} : { wait }),
    ...(at === undefined ? {} : { at }),
    ...(path === undefined ? {} : { path }),
  };
};

const READ_ANSWER = columnsOf<Exclude<ReadAnswer, Refusal>>()({
  ...POSITION,
  kind: ({ kind }) => kind,
  /** All versions of one answer are of one epoch, the position's. */
  newest: ({ version }) => version.version,
  body: (answer) => (answer.kind === 'unchanged' ? '' : answer.body),
  base: (answer) => (answer.kind === 'patch' ? answer.base.version : 0),
  definition: ({ position }) => position.definition,
  generation: ({ generation }) => generation,
  timing: ({ timing }) => timing,
});

export const packReadAnswer = (answer: ReadAnswer): PackedReadAnswer =>
  answer.kind === 'refused' ? answer : (READ_ANSWER.pack(answer) as Brand<Row, 'state'>);

export const unpackReadAnswer = (answer: PackedReadAnswer): ReadAnswer => {
  if (!isRow(answer)) return answer;
  const { at } = READ_ANSWER;
  const position = { ...positionOf(answer), definition: cell(answer, at.definition) };
  const kind = cell(answer, at.kind);
  const version = versionOf(position, cell(answer, at.newest));
  const generation = cell(answer, at.generation);
  const timing = cell(answer, at.timing);
  const read = {
    ...{ version, position },
    ...(generation === undefined ? {} : { generation }),
    ...(timing === undefined ? {} : { timing }),
  };
  if (kind === 'unchanged') return { kind, ...read };
  const body = cell(answer, at.body);
  if (kind === 'state') return { kind, ...read, body };
  return { kind, ...read, body, base: versionOf(position, cell(answer, at.base)) };
};

const versionOf = ({ epoch }: Position, version: number): Version => ({ epoch, version });

const isRow = <Packed>(answer: Packed): answer is Extract<Packed, Row> => Array.isArray(answer);
