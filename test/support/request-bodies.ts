/** The headers and the body of a change that merges `b`. */
export const JSON_BODY = { 'Content-Type': 'application/json' };
export const MERGE = '{"name":"merge","args":{"b":2}}';

/** Texts and single bytes, one after the other. */
export const bytes = (...values: (string | number)[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(values.flatMap((each) => (typeof each === 'number' ? [each] : [...new TextEncoder().encode(each)])));

/** A body that announces no length. */
export const chunked = (text: string, size = 10_000): ReadableStream => {
  const all = bytes(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= all.length) return controller.close();
      controller.enqueue(all.slice(at, at + size));
      at += size;
    },
  });
};
