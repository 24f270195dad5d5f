import type { Json, JsonObject } from '../../protocol/json.ts';
import { PATCH_OPERATIONS_MAX } from '../../protocol/limits.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import { type Failure, failure } from '../json/failure.ts';
import { parsePointer } from '../json/pointer.ts';

export type PatchSyntax = { readonly kind: 'patch'; readonly operations: PatchOperation[] } | Failure;

/**
 * Checks the syntax of a JSON Patch (RFC 6902), without a document [J9]. The operations returned have only the members
 * that the RFC defines; others are ignored (section 4).
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

export type CheckedOperation = { readonly kind: 'operation'; readonly operation: PatchOperation } | Failure;

const tooManyOperations = (size: number): Failure =>
  failure('too-large', `A patch has at most ${PATCH_OPERATIONS_MAX} operations.`, {
    size,
    limit: PATCH_OPERATIONS_MAX,
  });

/** Checks one operation, as `checkPatch` does. */
export const checkOperation = (value: Json): CheckedOperation => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return failure('invalid-patch', 'An operation is an object.');
  }
  const path = pointerMember(value, 'path');
  if (path.kind === 'problem') return path;
  const op = ownMember(value, 'op');
  switch (op) {
    case 'add':
    case 'replace':
    case 'test':
      return withValue(op, path.text, ownMember(value, 'value'));
    case 'remove':
      return { kind: 'operation', operation: { op, path: path.text } };
    case 'move':
    case 'copy':
      return withFrom(op, path.text, value);
    default:
      return failure('invalid-patch', 'The member "op" is one of add, remove, replace, move, copy, test.');
  }
};

const withValue = (op: 'add' | 'replace' | 'test', path: string, value: Json | undefined): CheckedOperation =>
  value === undefined
    ? failure('invalid-patch', `The operation ${op} needs a member "value".`)
    : { kind: 'operation', operation: { op, path, value } };

const withFrom = (op: 'move' | 'copy', path: string, operation: JsonObject): CheckedOperation => {
  const from = pointerMember(operation, 'from');
  if (from.kind === 'problem') return from;
  // Each token has one escaped form, so a prefix of the text is a prefix of the path.
  if (op === 'move' && path.startsWith(`${from.text}/`)) {
    return failure('invalid-patch', 'A value cannot be moved into itself.');
  }
  return { kind: 'operation', operation: { op, from: from.text, path } };
};

const pointerMember = (
  operation: JsonObject,
  name: 'path' | 'from',
): { readonly kind: 'text'; readonly text: string } | Failure => {
  const text = ownMember(operation, name);
  if (typeof text !== 'string') return failure('invalid-patch', `The member "${name}" is a string.`);
  const pointer = parsePointer(text);
  return pointer.kind === 'problem' ? pointer : { kind: 'text', text };
};

/** The value of an own member: an inherited `op` or `value` does not count. */
const ownMember = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;
