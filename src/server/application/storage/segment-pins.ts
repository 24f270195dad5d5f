/** Segments that are being read over several turns, by exports: checkpoints keep them until they are released [L8]. */
export class SegmentPins {
  readonly #pins = new Set<{ readonly segment: number }>();

  /** The oldest pinned segment; Infinity when none is pinned. */
  get oldest(): number {
    return Math.min(...[...this.#pins].map(({ segment }) => segment));
  }

  /** Keeps this segment and all later ones. @returns releases them; may be called more than once */
  pin(segment: number): () => void {
    const pin = { segment };
    this.#pins.add(pin);
    return () => void this.#pins.delete(pin);
  }
}
