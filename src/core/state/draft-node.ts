import type { Json, JsonObject } from '../../protocol/json.ts';
import { member } from '../json/members.ts';
import { escapeToken } from '../json/pointer.ts';
import type { Tree } from './tree.ts';

export type Container = JsonObject | Json[];

/** The position of a container: its parent, and the key or index in it. */
export interface Position {
  readonly tree: Tree;
  readonly parent: DraftNode | undefined;
  /** For an array element, the index at which it was read last. */
  readonly key: string;
}

/** One container of the state as one change sees it. Its JSON Pointer is found at each write: array elements move. */
export interface DraftNode extends Position {
  readonly raw: Container;
  /** The tree's generation when the change began. */
  readonly generation: number;
  /** Whether the state contains a copy of it, made when the change assigned it somewhere. */
  isCopied: boolean;
}

/**
 * A draft must not outlive its change: a later write would bypass the history, a later read would see the future.
 *
 * @throws TypeError when the change has ended
 */
export const checkLive = ({ generation, tree }: DraftNode): void => {
  if (generation === tree.generation) return;
  throw new TypeError('This change has ended; its state can no longer be used.');
};

/**
 * @returns the JSON Pointer of the container; `undefined` when it is no longer part of the state
 * @throws TypeError when the change has ended, or when the write would be lost without notice
 */
export const pointerToWrite = (node: DraftNode): string | undefined => {
  checkLive(node);
  const pointer = pointerOf(node);
  if (pointer === undefined && isLost(node))
    throw new TypeError('The state was given a copy of this and it has left its place since: change the copy.');
  return pointer;
};

const pointerOf = (node: DraftNode): string | undefined => {
  if (node.parent === undefined) return node.tree.root === node.raw ? '' : undefined;
  const parent = pointerOf(node.parent);
  const token = parent === undefined ? undefined : tokenOf(node, node.parent.raw);
  return token === undefined ? undefined : `${parent}/${token}`;
};

/** The last token of the pointer; `undefined` when the parent no longer contains the container. */
const tokenOf = ({ key, raw, tree }: DraftNode, parent: Container): string | undefined => {
  if (!Array.isArray(parent)) return member(parent, key) === raw ? escapeToken(key) : undefined;
  if (parent[Number(key)] === raw) return key;
  const index = parent.indexOf(raw);
  tree.spendShifts(index < 0 ? parent.length : index);
  return index < 0 ? undefined : String(index);
};

/** Whether the state contains a copy of it, or of a container that it is still part of. */
const isLost = (node: DraftNode): boolean => {
  if (node.isCopied || node.parent === undefined) return node.isCopied;
  return tokenOf(node, node.parent.raw) !== undefined && isLost(node.parent);
};
