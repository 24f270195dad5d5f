/**
 * The holder that gives up a slot to a newcomer when all slots are taken [F3]: the one that holds most, unless it would
 * then hold fewer than the newcomer. So two of them never take the same slot from each other again and again.
 *
 * @param counts the number of slots of each holder
 * @returns undefined when the newcomer has its share
 */
export const holderToDisplace = (counts: Iterable<readonly [string, number]>, newcomer: string): string | undefined => {
  let own = 0;
  let [largest, most]: [string | undefined, number] = [undefined, 0];
  for (const [holder, count] of counts) {
    if (holder === newcomer) own = count;
    if (count > most) [largest, most] = [holder, count];
  }
  return own + 1 < most ? largest : undefined;
};

/** A bounded number of slots that are shared fairly: one holder may have all while nobody else needs them [F3]. */
export class Slots<Slot> {
  readonly #max: number;
  readonly #slots = new Map<string, Set<Slot>>();
  #size = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get isFull(): boolean {
    return this.#size >= this.#max;
  }

  /** Whether a newcomer of this holder gets a slot, if need be that of another. */
  hasSlotFor(holder: string): boolean {
    return !this.isFull || this.#toDisplace(holder) !== undefined;
  }

  /** The slots of the holder that has to give up one for a newcomer, the oldest first; none while there is a free one. */
  toDisplace(newcomer: string): readonly Slot[] {
    const holder = this.isFull ? this.#toDisplace(newcomer) : undefined;
    return holder === undefined ? [] : [...(this.#slots.get(holder) ?? [])];
  }

  take(holder: string, slot: Slot): void {
    const slots = this.#slots.get(holder) ?? new Set();
    this.#slots.set(holder, slots.add(slot));
    this.#size += 1;
  }

  /** Has no effect for a slot that is free already. */
  release(holder: string, slot: Slot): void {
    const slots = this.#slots.get(holder);
    if (slots?.delete(slot) !== true) return;
    this.#size -= 1;
    if (slots.size === 0) this.#slots.delete(holder);
  }

  #toDisplace(newcomer: string): string | undefined {
    return holderToDisplace(counted(this.#slots), newcomer);
  }
}

function* counted(slots: ReadonlyMap<string, ReadonlySet<unknown>>): Generator<readonly [string, number]> {
  for (const [holder, { size }] of slots) yield [holder, size];
}
