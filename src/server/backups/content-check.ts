import { createHash } from 'node:crypto';

/** What is known of a content that has passed. */
export interface Passed {
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
  /** Whether it ends with the last line of a backup [L10]: without it, the export was cut. */
  readonly isWhole: boolean;
}

/** More than the last line of any backup has, in bytes. */
const TAIL_BYTES = 256;

/** Counts and hashes a content while it passes, and looks at its end. */
export class ContentCheck {
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #tail: Uint8Array = new Uint8Array();

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    const end = bytes.subarray(-TAIL_BYTES);
    const kept = this.#tail.subarray(Math.max(0, this.#tail.length + end.length - TAIL_BYTES));
    const tail = new Uint8Array(kept.length + end.length);
    tail.set(kept);
    tail.set(end, kept.length);
    this.#tail = tail;
  }

  /** Once, at the end. */
  result(): Passed {
    const [last = ''] = new TextDecoder().decode(this.#tail).split('\n').slice(-2);
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex'), isWhole: END.test(last) };
  }

  /** The same content, read on only as its reader takes it. */
  through(content: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = content.getReader();
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const { done, value } = await reader.read();
          if (done) return controller.close();
          this.add(value);
          controller.enqueue(value);
        },
        cancel: (reason) => reader.cancel(reason),
      },
      { highWaterMark: 0 },
    );
  }
}

const END = /^\{"end":\{"lines":\d+,"sha256":"[0-9a-f]{64}"\}\}$/;
