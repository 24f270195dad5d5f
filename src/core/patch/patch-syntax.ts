import type { Json, JsonObject } from '../../protocol/json.ts';
import { PATCH_OPERATIONS_MAX } from '../../protocol/limits.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import { type Failure, failure } from '../json/failure.ts';
import { parsePointer } from '../json/pointer.ts';

export type PatchSyntax = { readonly kind: 'patch'; readonly operations: PatchOperation[] } | Failure;

/**
 * What RFC 6902 asks of a patch before any document is seen [J9]. The answer holds the operations with the members
 * that count; others are ignored (section 4).
 */
export const checkPatch = (value: Json): PatchSyntax => {
  if (!Array.isArray(value)) return failure('invalid-patch', 'A patch is an array of operations.');
  if (value.length > PATCH_OPERATIONS_MAX) return tooManyOperations(value.length);
  const operations: PatchOperation[] = [];
  for (const [index, each] of value.entries()) {
    const checked = checkOperation(each);
    if (checked.kind === 'problem') return { kind: 'problem', problem: { ...checked.problem, index } };
    operations.push(checked.operation);
  }
  return { kind: 'patch', operations };
};

type Checked = { readonly kind: 'operation'; readonly operation: PatchOperation } | Failure;

const tooManyOperations = (size: number): Failure =>
  failure('too-large', `A patch has at most ${PATCH_OPERATIONS_MAX} operations.`, {
    size,
    limit: PATCH_OPERATIONS_MAX,
  });

const checkOperation = (value: Json): Checked => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return failure('invalid-patch', 'An operation is an object.');
  }
  const path = pointerMember(value, 'path');
  if (path.kind === 'problem') return path;
  const op = own(value, 'op');
  switch (op) {
    case 'add':
    case 'replace':
    case 'test':
      return withValue(op, path.text, own(value, 'value'));
    case 'remove':
      return { kind: 'operation', operation: { op, path: path.text } };
    case 'move':
    case 'copy':
      return withFrom(op, path.text, value);
    default:
      return failure('invalid-patch', 'The member "op" is one of add, remove, replace, move, copy, test.');
  }
};

const withValue = (op: 'add' | 'replace' | 'test', path: string, value: Json | undefined): Checked =>
  value === undefined
    ? failure('invalid-patch', `The operation ${op} needs a member "value".`)
    : { kind: 'operation', operation: { op, path, value } };

const withFrom = (op: 'move' | 'copy', path: string, operation: JsonObject): Checked => {
  const from = pointerMember(operation, 'from');
  if (from.kind === 'problem') return from;
  // Escapes are unambiguous, so that a prefix of the text is a prefix of the path.
  if (op === 'move' && path.startsWith(`${from.text}/`)) {
    return failure('invalid-patch', 'A value cannot be moved into itself.');
  }
  return { kind: 'operation', operation: { op, from: from.text, path } };
};

const pointerMember = (
  operation: JsonObject,
  name: 'path' | 'from',
): { readonly kind: 'text'; readonly text: string } | Failure => {
  const text = own(operation, name);
  if (typeof text !== 'string') return failure('invalid-patch', `The member "${name}" is a string.`);
  const pointer = parsePointer(text);
  return pointer.kind === 'problem' ? pointer : { kind: 'text', text };
};

/** An inherited `op` or `value` is none. */
const own = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;
