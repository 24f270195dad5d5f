import { type Failure, failure } from '../../../core/json/failure.ts';
import { readMediaType } from './media-type.ts';

/** A body that was read. */
export interface Body<Type extends string> {
  readonly kind: 'text';
  readonly text: string;
  readonly mediaType: Type;
}

/** Reads a body of one of these types, up to `limit` bytes of UTF-8 [J1] [J2] [J3]. */
export const readBody = async <Type extends string>(
  request: Request,
  limit: number,
  types: readonly Type[],
): Promise<Body<Type> | Failure> => {
  const media = readMediaType(request.headers, types);
  if (media.kind === 'problem') return media;
  const read = await readBytes(request, limit);
  if (read.kind === 'problem') return read;
  const text = decode(read.bytes);
  if (text === undefined) return failure('invalid-utf8', 'The body is not valid UTF-8.');
  return { kind: 'text', text, mediaType: media.mediaType };
};

interface Bytes {
  readonly kind: 'bytes';
  readonly bytes: Uint8Array;
}

const LENGTH = /^[0-9]+$/;

const readBytes = async (request: Request, limit: number): Promise<Bytes | Failure> => {
  const announced = request.headers.get('Content-Length');
  if (announced !== null && LENGTH.test(announced)) {
    return Number(announced) > limit ? tooLarge(limit) : readWhole(request, limit);
  }
  if (request.body === null) return { kind: 'bytes', bytes: new Uint8Array() };
  return readChunks(request.body.getReader(), limit);
};

/**
 * Takes 15 to 50 microseconds less than reading chunks. Safe because workerd shows a Content-Length only when it
 * frames the body, and hides one that comes with Transfer-Encoding (both tried). The length is checked again anyway.
 */
const readWhole = async (request: Request, limit: number): Promise<Bytes | Failure> => {
  const buffer = await request.arrayBuffer().catch(() => undefined);
  if (buffer === undefined) return interrupted();
  return buffer.byteLength > limit ? tooLarge(limit) : { kind: 'bytes', bytes: new Uint8Array(buffer) };
};

/** A chunked body announces no length, so bytes are counted while they are read. */
const readChunks = async (reader: ReadableStreamDefaultReader<Uint8Array>, limit: number): Promise<Bytes | Failure> => {
  let bytes: Uint8Array = new Uint8Array();
  let size = 0;
  for (;;) {
    const step = await reader.read().catch(() => undefined);
    if (step === undefined) return interrupted();
    if (step.done) return { kind: 'bytes', bytes: bytes.subarray(0, size) };
    const needed = size + step.value.length;
    if (needed > limit) {
      // Not awaited: the sender decides when a canceled stream ends.
      void reader.cancel().catch(() => undefined);
      return tooLarge(limit);
    }
    bytes = append(bytes, size, step.value);
    size = needed;
  }
};

const tooLarge = (limit: number): Failure => failure('too-large', `The body has more than ${limit} bytes.`, { limit });

const interrupted = (): Failure => failure('malformed-json', 'The body ended early: the connection was interrupted.');

/** Appends to one buffer that doubles: a list of chunks of one byte each would cost a hundred times the body. */
const append = (bytes: Uint8Array, size: number, chunk: Uint8Array): Uint8Array => {
  if (size === 0) return chunk;
  const needed = size + chunk.length;
  const target = needed <= bytes.length ? bytes : grow(bytes, Math.max(needed, 2 * bytes.length));
  target.set(chunk, size);
  return target;
};

const grow = (bytes: Uint8Array, length: number): Uint8Array => {
  const grown = new Uint8Array(length);
  grown.set(bytes);
  return grown;
};

/** A byte order mark is kept, so that the JSON parser refuses it. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const decode = (bytes: Uint8Array): string | undefined => {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
};
