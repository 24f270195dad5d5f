const WINDOW_MS = 5_000;

/** Counts what the page costs. */
export class Meter {
  #starts: number[] = [];
  #bytes = 0;

  sent(): void {
    this.#starts.push(performance.now());
  }

  /** Bodies only: a browser does not tell how long the headers were. */
  received(text: string): void {
    this.#bytes += new TextEncoder().encode(text).length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get requestsPerSecond(): number {
    const now = performance.now();
    this.#starts = this.#starts.filter((start) => start > now - WINDOW_MS);
    return (this.#starts.length * 1_000) / Math.min(now, WINDOW_MS);
  }
}
