/**
 * The holder that gives up a place to a newcomer when all places are taken [F3]: the one that holds most, unless it would
 * then hold fewer than the newcomer. So two of them never take the same place from each other again and again.
 *
 * @param counts the number of places of each holder
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

/** A bounded number of places that are shared fairly: one holder may have all while nobody else needs them [F3]. */
export class Places<Place> {
  readonly #max: number;
  readonly #places = new Map<string, Set<Place>>();
  #size = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get isFull(): boolean {
    return this.#size >= this.#max;
  }

  /** Whether a newcomer of this holder gets a place, if need be that of another. */
  hasPlaceFor(holder: string): boolean {
    return !this.isFull || this.#toDisplace(holder) !== undefined;
  }

  /** The places of the holder that has to give up one for a newcomer, the oldest first; none while there is a free one. */
  toDisplace(newcomer: string): readonly Place[] {
    const holder = this.isFull ? this.#toDisplace(newcomer) : undefined;
    return holder === undefined ? [] : [...(this.#places.get(holder) ?? [])];
  }

  take(holder: string, place: Place): void {
    const places = this.#places.get(holder) ?? new Set();
    this.#places.set(holder, places.add(place));
    this.#size += 1;
  }

  /** Has no effect for a place that is free already. */
  release(holder: string, place: Place): void {
    const places = this.#places.get(holder);
    if (places?.delete(place) !== true) return;
    this.#size -= 1;
    if (places.size === 0) this.#places.delete(holder);
  }

  #toDisplace(newcomer: string): string | undefined {
    return holderToDisplace(counted(this.#places), newcomer);
  }
}

function* counted(places: ReadonlyMap<string, ReadonlySet<unknown>>): Generator<readonly [string, number]> {
  for (const [holder, { size }] of places) yield [holder, size];
}
