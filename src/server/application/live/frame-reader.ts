import * as v from 'valibot';
import { type Failure, failure } from '../../../core/json/failure.ts';
import { readJson } from '../../../core/json/json-text.ts';
import { parsePointer } from '../../../core/json/pointer.ts';
import { utf8Length } from '../../../core/json/utf8.ts';
import { isId } from '../../../protocol/ids.ts';
import type { Json } from '../../../protocol/json.ts';
import {
  PATH_LENGTH_MAX,
  PRESENCE_BYTES_MAX,
  PRESENCE_TTL_S_DEFAULT,
  PRESENCE_TTL_S_MAX,
} from '../../../protocol/limits.ts';
import type { Problem } from '../../../protocol/problems.ts';
import { BATCH, COUNTER, NAMED, refuseLongBatch, withoutChanges } from '../../rpc/change-schema.ts';
import { validate } from '../../rpc/validate.ts';

/** Etags that one push may name. */
const ETAGS_MAX = 16;

const client = v.pipe(v.string(), v.check(isId, 'A client matches [A-Za-z0-9][A-Za-z0-9._~-]{0,127}.'));
const etag = v.pipe(v.string(), v.regex(/^"[\x21\x23-\x7e]{1,64}"$/, 'An etag stands in quotes.'));
/** Counted before any of them is looked at: a frame of 1 MB has room for 150,000. */
const etags = v.custom<readonly unknown[]>(
  (value) => Array.isArray(value) && value.length >= 1 && value.length <= ETAGS_MAX,
  `match is "*" or a list of 1 to ${ETAGS_MAX} etags.`,
);
const match = v.optional(v.union([v.literal('*'), v.pipe(etags, v.array(etag))]));
const version = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const path = v.pipe(
  v.string(),
  v.maxLength(PATH_LENGTH_MAX),
  v.check((text) => parsePointer(text).kind === 'pointer', 'A path is a JSON Pointer (RFC 6901).'),
);

const cost = v.optional(v.literal(true));
const kind = v.optional(v.pipe(v.string(), v.check(isId, 'A kind matches [A-Za-z0-9][A-Za-z0-9._~-]{0,127}.')));

const isSmall = (data: unknown): boolean => utf8Length(JSON.stringify(data)) <= PRESENCE_BYTES_MAX;

const FRAMES = {
  auth: v.strictObject({ type: v.literal('auth'), token: v.string() }),
  subscribe: v.strictObject({
    type: v.literal('subscribe'),
    path: v.optional(path, ''),
    known: v.optional(v.strictObject({ epoch: v.pipe(v.string(), v.regex(/^[0-9a-z]{1,32}$/)), version })),
  }),
  unsubscribe: v.strictObject({ type: v.literal('unsubscribe') }),
  push: v.strictObject({ type: v.literal('push'), client, n: COUNTER, ...NAMED, match, cost, kind }),
  batch: v.strictObject({ type: v.literal('batch'), client, ...BATCH, match, cost, kind }),
  presence: v.strictObject({
    type: v.literal('presence'),
    data: v.pipe(v.unknown(), v.check(isSmall, `Presence is at most ${PRESENCE_BYTES_MAX} bytes.`)),
    ttl: v.optional(
      v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(PRESENCE_TTL_S_MAX)),
      PRESENCE_TTL_S_DEFAULT,
    ),
  }),
  ack: v.strictObject({ type: v.literal('ack'), mark: v.pipe(v.number(), v.safeInteger(), v.minValue(1)) }),
};

type Type = keyof typeof FRAMES;

/** A frame that parses, with its defaults filled in. */
export type Frame = { readonly [Name in Type]: v.InferOutput<(typeof FRAMES)[Name]> }[Type];
export type FrameOf<Name extends Type> = Extract<Frame, { readonly type: Name }>;

/** A frame, a problem, or a batch of too many changes: its frame names its sender, and has none of them. */
export type ReadFrame =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'long-batch'; readonly frame: FrameOf<'batch'>; readonly problem: Problem }
  | Failure;

/** Parses and validates a frame [W4]. Nothing behind it checks the shape again. */
export const readFrame = (message: string | ArrayBuffer): ReadFrame => {
  if (typeof message !== 'string') return failure('invalid-frame', 'Frames are text, not binary.');
  const refusal = refuseLongBatch(message);
  return refusal === undefined ? parseFrame(message) : readLongBatch(message, refusal);
};

const readLongBatch = (message: string, refusal: Problem): ReadFrame => {
  const read = parseFrame(withoutChanges(message));
  if (read.kind === 'problem') return read;
  const { frame } = read;
  // The other frames have no member of this name, and are refused for it.
  return frame.type === 'batch'
    ? { kind: 'long-batch', frame, problem: refusal }
    : failure('invalid-frame', 'No batch.');
};

const parseFrame = (text: string): { readonly kind: 'frame'; readonly frame: Frame } | Failure => {
  const read = readJson(text);
  if (read.kind === 'problem') return read;
  const schema = schemaOf(read.value);
  if (schema === undefined) return failure('invalid-frame', `type is one of: ${Object.keys(FRAMES).join(', ')}.`);
  const result = validate(schema, read.value);
  return result.kind === 'valid' ? { kind: 'frame', frame: result.output } : failure('invalid-frame', result.text);
};

/** Looked up by type, not tried one after the other: nearly all frames are pushes, which would fail four schemas first. */
const schemaOf = (value: Json): (typeof FRAMES)[Type] | undefined => {
  const type = typeof value === 'object' && value !== null && 'type' in value ? value['type'] : undefined;
  return typeof type === 'string' && Object.hasOwn(FRAMES, type) ? FRAMES[type as Type] : undefined;
};
