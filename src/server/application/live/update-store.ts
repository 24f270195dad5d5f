import { UPDATES_LENGTH_MAX } from '../../../protocol/limits.ts';
import type { Update } from './update.ts';

/** The updates of one version, by key. Bounded by the length of their texts: the oldest drop out. */
export class UpdateStore {
  readonly #updates = new Map<string, Update | 'nothing'>();
  #length = 0;

  get(key: string): Update | 'nothing' | undefined {
    return this.#updates.get(key);
  }

  set(key: string, update: Update | 'nothing'): void {
    this.#delete(key);
    this.#updates.set(key, update);
    this.#length += lengthOf(key, update);
    for (const oldest of this.#updates.keys()) {
      // The newest stays, whatever its length: many readers may need the same large one.
      if (this.#length <= UPDATES_LENGTH_MAX || this.#updates.size === 1) return;
      this.#delete(oldest);
    }
  }

  #delete(key: string): void {
    const update = this.#updates.get(key);
    if (update === undefined) return;
    this.#length -= lengthOf(key, update);
    this.#updates.delete(key);
  }
}

/** About the size of an entry without its texts, in characters. */
const ENTRY_LENGTH = 200;

const lengthOf = (key: string, update: Update | 'nothing'): number =>
  ENTRY_LENGTH + key.length + (update !== 'nothing' && 'text' in update ? update.text.length : 0);
