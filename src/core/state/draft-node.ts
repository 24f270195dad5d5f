import type { Json, JsonObject } from '../../protocol/json.ts';
import { member } from '../json/members.ts';
import { escapeToken } from '../json/pointer.ts';
import type { Tree } from './tree.ts';

export type Container = JsonObject | Json[];

/** The position of a container: its parent, and the key or index in it. */
export interface Position {
  readonly tree: Tree;
  readonly parent: DraftNode | undefined;
  readonly key: string;
}

/** One container of the state as one change sees it. It finds its JSON Pointer at each write: array elements move. */
export class DraftNode {
  readonly raw: Container;
  readonly generation: number;
  /** The key in the parent; for an array element, the index at which it was read last. */
  key: string;
  /** Whether the state contains a copy of it, made when the change assigned it somewhere. */
  isCopied: boolean;
  protected readonly tree: Tree;
  readonly #parent: DraftNode | undefined;

  constructor({ tree, parent, key }: Position, raw: Container) {
    this.tree = tree;
    this.#parent = parent;
    this.key = key;
    this.raw = raw;
    this.generation = tree.generation;
    this.isCopied = false;
  }

  /**
   * A draft must not outlive its change: a later write would bypass the history, a later read would see the future.
   *
   * @throws TypeError when the change has ended
   */
  protected checkLive(): void {
    if (this.generation === this.tree.generation) return;
    throw new TypeError('This change has ended; its state can no longer be used.');
  }

  /**
   * @returns the JSON Pointer of the container; `undefined` when it is no longer part of the state
   * @throws TypeError when the write would be lost without notice
   */
  protected pointerToWrite(): string | undefined {
    this.checkLive();
    const pointer = this.#pointer();
    if (pointer === undefined && this.#isLost())
      throw new TypeError('The state was given a copy of this and it has left its place since: change the copy.');
    return pointer;
  }

  #pointer(): string | undefined {
    if (this.#parent === undefined) return this.tree.root === this.raw ? '' : undefined;
    const above = this.#parent.#pointer();
    const token = above === undefined ? undefined : this.#token();
    return token === undefined ? undefined : `${above}/${token}`;
  }

  /** The last token of the pointer; `undefined` when the parent no longer contains this container. */
  #token(): string | undefined {
    const parent = this.#parent?.raw ?? {};
    if (!Array.isArray(parent)) return member(parent, this.key) === this.raw ? escapeToken(this.key) : undefined;
    if (parent[Number(this.key)] === this.raw) return this.key;
    const index = parent.indexOf(this.raw);
    return index < 0 ? undefined : String(index);
  }

  /** Whether the state contains a copy of it, or of a container that it is still part of. */
  #isLost(): boolean {
    if (this.isCopied || this.#parent === undefined) return this.isCopied;
    return this.#token() !== undefined && this.#parent.#isLost();
  }
}
