import type { Brand } from '../protocol/brand.ts';
import type { Precondition, Sender } from '../protocol/change.ts';
import type { ClientId } from '../protocol/ids.ts';
import type { Cost, Receipt } from '../protocol/receipt.ts';
import type { Standing } from '../protocol/standing.ts';
import { etagOf, parseEtag, type Version } from '../protocol/version.ts';
import type {
  ApplicationApi,
  PushAnswer,
  PushMessage,
  ReadAnswer,
  ReadMessage,
  Refusal,
} from './application/messages.ts';

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
  const { sender, changes, grouping, match, judged, user, unknown, wait, answer } = message;
  const [id, n] = sender.kind === 'client' ? [sender.client, sender.n] : [sender.kind === 'key' ? sender.key : '', 0];
  const packed: (string | number | undefined)[] = [sender.kind, id, n, user, grouping, judged, unknown, answer, wait];
  packed.push(match === undefined || match === '*' ? match : match.join(' '), changes.length);
  for (const { name, args } of changes) packed.push(name, args);
  return packed as unknown as PackedPush;
};

const CHANGES_AT = 11;

export const unpackPush = (packed: PackedPush): PushMessage => {
  const [kind, id, n, user, grouping, judged, unknown, answer, wait, match, count] = packed as unknown as PushMembers;
  const changes = Array.from({ length: count }, (_, index) => ({
    name: packed[CHANGES_AT + 2 * index] as string,
    args: packed[CHANGES_AT + 2 * index + 1] as string,
  }));
  return {
    ...{ sender: senderOf(kind, id, n), changes, grouping, judged, user, unknown, answer, via: 'request' },
    ...(wait === undefined ? {} : { wait }),
    ...(match === undefined ? {} : { match: preconditionOf(match) }),
  };
};

type PushMembers = readonly [
  kind: Sender['kind'],
  id: string,
  n: number,
  user: string,
  grouping: PushMessage['grouping'],
  judged: PushMessage['judged'],
  unknown: PushMessage['unknown'],
  answer: PushMessage['answer'],
  wait: number | undefined,
  match: string | undefined,
  count: number,
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
  const { receipts, standing, cost } = answer;
  const packed: (string | number)[] = [...flatStanding(standing)];
  packed.push(cost.rowsRead, cost.rowsWritten, cost.storedBytes, cost.awakeMs, receipts.length);
  for (const { client, n, seq, repeated } of receipts) packed.push(client, n, seq, repeated === true ? 1 : 0);
  return packed as unknown as Brand<Flat, 'receipts'>;
};

const RECEIPTS_AT = 10;
const RECEIPT_LENGTH = 4;

export const unpackPushAnswer = (answer: PackedPushAnswer): PushAnswer => {
  if (!isFlat(answer)) return answer;
  const [rowsRead, rowsWritten, storedBytes, awakeMs, count] = answer.slice(STANDING_LENGTH, RECEIPTS_AT) as number[];
  const cost = { rowsRead, rowsWritten, storedBytes, awakeMs } as Cost;
  const receipts = Array.from({ length: count ?? 0 }, (_, index) =>
    receiptAt(answer, RECEIPTS_AT + index * RECEIPT_LENGTH),
  );
  return { kind: 'accepted', receipts, standing: standingAt(answer), cost };
};

const receiptAt = (packed: Flat, at: number): Receipt => ({
  ...{ client: packed[at] as string, n: packed[at + 1] as number, seq: packed[at + 2] as number },
  ...(packed[at + 3] === 1 ? { repeated: true as const } : {}),
});

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
  const packed = [...flatStanding(answer.standing), answer.kind, answer.version.version, body, base];
  return packed as unknown as Brand<Flat, 'reading'>;
};

export const unpackReadAnswer = (answer: PackedReadAnswer): ReadAnswer => {
  if (!isFlat(answer)) return answer;
  const standing = standingAt(answer);
  const [kind, version, body, base] = answer.slice(STANDING_LENGTH) as unknown as ReadingMembers;
  const at = (number: number): Version => ({ epoch: standing.epoch, version: number });
  if (kind === 'unchanged') return { kind, version: at(version), standing };
  if (kind === 'state') return { kind, version: at(version), standing, body: body as string };
  return { kind, version: at(version), standing, body: body as string, base: at(base as number) };
};

type ReadingMembers = readonly [
  kind: Reading['kind'],
  version: number,
  body: string | undefined,
  base: number | undefined,
];

const STANDING_LENGTH = 5;

const flatStanding = ({ epoch, version, head, queue, lag }: Standing): (string | number)[] => [
  ...[epoch, version, head, queue, lag],
];

const standingAt = (packed: Flat): Standing => {
  const [epoch, version, head, queue, lag] = packed as readonly [string, number, number, number, number];
  return { epoch, version, head, queue, lag };
};

const isFlat = <Packed>(answer: Packed): answer is Extract<Packed, Flat> => Array.isArray(answer);
