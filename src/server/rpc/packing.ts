import type { Brand } from '../../protocol/brand.ts';
import type { Change, Precondition, Sender } from '../../protocol/change.ts';
import type { ClientId } from '../../protocol/ids.ts';
import type { Position } from '../../protocol/position.ts';
import type { Cost, Receipt } from '../../protocol/receipt.ts';
import { etagOf, parseEtag, type Version } from '../../protocol/version.ts';
import type { ApplicationApi, PushAnswer, PushMessage, ReadAnswer, ReadMessage, Refusal } from './messages.ts';

// Pushes and polls are nearly all of the traffic, so they cross RPC as flat arrays: objects with names and objects
// inside cost structured clone 65,000 instructions for each call, a quarter of the call (counted under valgrind).
// New members go to the end of an array, where a reader of another version does not look.

type Flat = readonly (string | number | undefined)[];

/** A push, on its way to the application. */
export type PackedPush = Brand<Flat, 'push'>;
/** A read, on its way to the application. */
export type PackedRead = Brand<Flat, 'read'>;
/** What the application answers: flat where nothing is out of the ordinary. */
export type PackedPushAnswer = PushAnswer | Brand<Flat, 'receipts'>;
export type PackedReadAnswer = Refusal | Brand<Flat, 'reading'>;

/** What the Worker may call: the application, its two busiest calls packed. */
export interface RemoteApplication extends Omit<ApplicationApi, 'push' | 'read'> {
  push(packed: PackedPush): Promise<PackedPushAnswer>;
  read(packed: PackedRead): Promise<PackedReadAnswer>;
}

type Reading = Exclude<ReadAnswer, Refusal>;

export const packPush = (message: Omit<PushMessage, 'via'>): PackedPush => {
  const { sender, changes, atomicity, match, validate, user, ifMissing, wait, returns } = message;
  const [id, n] = sender.kind === 'client' ? [sender.client, sender.n] : [sender.kind === 'key' ? sender.key : '', 0];
  const packed: (string | number | undefined)[] = [
    sender.kind,
    id,
    n,
    user,
    atomicity,
    validate,
    ifMissing,
    returns,
    wait,
  ];
  packed.push(match === undefined || match === '*' ? match : match.join(' '));
  packed.push(changes.map(({ args }) => args).join(BETWEEN_ARGS), ...namesOf(changes));
  return packed as unknown as PackedPush;
};

/** Printed JSON has no line feed of its own. */
const BETWEEN_ARGS = '\n';

/** One for all, where all have the same. */
const namesOf = (changes: readonly Change[]): readonly string[] => {
  const [first] = changes;
  return first !== undefined && changes.every(({ name }) => name === first.name)
    ? [first.name]
    : changes.map(({ name }) => name);
};

export const unpackPush = (packed: PackedPush): PushMessage => {
  const [kind, id, n, user, atomicity, validate, ifMissing, returns, wait, match, args, ...names] =
    packed as unknown as PushMembers;
  const changes = args.split(BETWEEN_ARGS).map((each, index) => ({ name: names[index] ?? names[0], args: each }));
  return {
    ...{ sender: senderOf(kind, id, n), changes, atomicity, validate, user, ifMissing, returns, via: 'request' },
    ...(wait === undefined ? {} : { wait }),
    ...(match === undefined ? {} : { match: preconditionOf(match) }),
  };
};

type PushMembers = readonly [
  kind: Sender['kind'],
  id: string,
  n: number,
  user: string,
  atomicity: PushMessage['atomicity'],
  validate: PushMessage['validate'],
  ifMissing: PushMessage['ifMissing'],
  returns: PushMessage['returns'],
  wait: number | undefined,
  match: string | undefined,
  args: string,
  ...names: [string, ...string[]],
];

const senderOf = (kind: Sender['kind'], id: string, n: number): Sender => {
  if (kind === 'client') return { kind, client: id as ClientId, n };
  return kind === 'key' ? { kind, key: id } : { kind };
};

/** No tag holds a space; a list may have come to nothing, as weak tags never match. */
const preconditionOf = (match: string): Precondition =>
  match === '*' ? match : match.split(' ').filter((tag) => tag !== '');

export const packPushAnswer = (answer: PushAnswer): PackedPushAnswer => {
  if (answer.kind !== 'accepted') return answer;
  const { receipts, position, cost } = answer;
  const packed: (string | number)[] = [...flatPosition(position)];
  packed.push(cost.rowsRead, cost.rowsWritten, cost.storedBytes, cost.awakeMs);
  for (const { client, n, seq, repeated, count } of runsOf(receipts)) packed.push(client, n, seq, repeated, count);
  return packed as unknown as Brand<Flat, 'receipts'>;
};

/** Receipts whose n and seq count up together, as those of a batch do. */
interface ReceiptRun {
  readonly client: string;
  readonly n: number;
  readonly seq: number;
  readonly repeated: 0 | 1;
  count: number;
}

const runsOf = (receipts: readonly Receipt[]): ReceiptRun[] => {
  const runs: ReceiptRun[] = [];
  for (const { client, n, seq, repeated } of receipts) {
    const run = runs.at(-1);
    const mark = repeated === true ? 1 : 0;
    const goesOn = run?.client === client && run.n + run.count === n && run.seq + run.count === seq;
    if (run !== undefined && goesOn && run.repeated === mark) run.count += 1;
    else runs.push({ client, n, seq, repeated: mark, count: 1 });
  }
  return runs;
};

const RECEIPTS_AT = 9;
const RUN_LENGTH = 5;

export const unpackPushAnswer = (answer: PackedPushAnswer): PushAnswer => {
  if (!isFlat(answer)) return answer;
  const [rowsRead, rowsWritten, storedBytes, awakeMs] = answer.slice(POSITION_LENGTH, RECEIPTS_AT) as number[];
  const cost = { rowsRead, rowsWritten, storedBytes, awakeMs } as Cost;
  const receipts: Receipt[] = [];
  for (let at = RECEIPTS_AT; at < answer.length; at += RUN_LENGTH) receipts.push(...receiptsAt(answer, at));
  return { kind: 'accepted', receipts, position: positionAt(answer), cost };
};

const receiptsAt = (packed: Flat, at: number): Receipt[] => {
  const [client, n, seq, repeated, count] = packed.slice(at, at + RUN_LENGTH) as [
    string,
    number,
    number,
    0 | 1,
    number,
  ];
  return Array.from({ length: count }, (_, index) => ({
    ...{ client, n: n + index, seq: seq + index },
    ...(repeated === 1 ? { repeated: true as const } : {}),
  }));
};

export const packRead = ({ known, delta, drain, minVersion, wait, at, path }: ReadMessage): PackedRead => {
  const tags = known === '*' ? known : known.map(etagOf).join(' ');
  return [tags, delta, drain, minVersion, wait, at, path] as unknown as PackedRead;
};

export const unpackRead = (packed: PackedRead): ReadMessage => {
  const [known, delta, drain, minVersion, wait, at, path] = packed as unknown as ReadMembers;
  return {
    known: known === '*' ? known : known.split(' ').flatMap((tag) => parseEtag(tag) ?? []),
    ...{ delta, drain },
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(wait === undefined ? {} : { wait }),
    ...(at === undefined ? {} : { at }),
    ...(path === undefined ? {} : { path }),
  };
};

type ReadMembers = readonly [
  known: string,
  delta: ReadMessage['delta'],
  drain: ReadMessage['drain'],
  minVersion: number | undefined,
  wait: number | undefined,
  at: number | undefined,
  path: string | undefined,
];

/** All versions of one answer are of one epoch. */
export const packReadAnswer = (answer: ReadAnswer): PackedReadAnswer => {
  if (answer.kind === 'refused') return answer;
  const body = answer.kind === 'unchanged' ? undefined : answer.body;
  const base = answer.kind === 'patch' ? answer.base.version : undefined;
  const { position } = answer;
  // New members stand at the end: Worker and object may be of two deployments for a moment.
  const packed = [...flatPosition(position), answer.kind, answer.version.version, body, base, position.definition];
  return packed as unknown as Brand<Flat, 'reading'>;
};

export const unpackReadAnswer = (answer: PackedReadAnswer): ReadAnswer => {
  if (!isFlat(answer)) return answer;
  const [kind, version, body, base, definition] = answer.slice(POSITION_LENGTH) as unknown as ReadingMembers;
  const position = { ...positionAt(answer), definition };
  const at = (number: number): Version => ({ epoch: position.epoch, version: number });
  if (kind === 'unchanged') return { kind, version: at(version), position };
  if (kind === 'state') return { kind, version: at(version), position, body: body as string };
  return { kind, version: at(version), position, body: body as string, base: at(base as number) };
};

type ReadingMembers = readonly [
  kind: Reading['kind'],
  version: number,
  body: string | undefined,
  base: number | undefined,
  definition?: number,
];

const POSITION_LENGTH = 5;

const flatPosition = ({ epoch, version, head, queue, lag }: Position): (string | number)[] => [
  ...[epoch, version, head, queue, lag],
];

const positionAt = (packed: Flat): Position => {
  const [epoch, version, head, queue, lag] = packed as readonly [string, number, number, number, number];
  return { epoch, version, head, queue, lag };
};

const isFlat = <Packed>(answer: Packed): answer is Extract<Packed, Flat> => Array.isArray(answer);
