import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJson } from '../../../../../src/core/json/json-text.ts';
import { readBody } from '../../../../../src/server/http/request/body.ts';
import { holdsAsync, hostileText } from '../../../../support/property.ts';

const JSON_TYPE = 'application/json';
const PATCH_TYPE = 'application/json-patch+json';
const LIMIT = 100;

const utf8 = new TextEncoder();

type Source = NonNullable<ConstructorParameters<typeof ReadableStream<Uint8Array>>[0]>;

/** A body that announces no length, as a chunked one. */
const streamed = (source: Source, headers: Record<string, string> = { 'Content-Type': JSON_TYPE }): Request =>
  new Request('http://x/', {
    method: 'PUT',
    headers,
    body: new ReadableStream(source),
    duplex: 'half',
  } as RequestInit);

const chunked = (chunks: readonly Uint8Array[]): Request => {
  const left = [...chunks];
  return streamed({
    pull(controller) {
      const chunk = left.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
  });
};

/** A body of one piece that announces its length. */
const sent = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>): Request => {
  const bytes = typeof body === 'string' ? utf8.encode(body) : body;
  const all = { 'Content-Length': String(bytes.length), ...headers };
  return new Request('http://x/', { method: 'PUT', headers: all, body: bytes });
};

const read = (request: Request, limit = LIMIT) => readBody(request, limit, [JSON_TYPE, PATCH_TYPE]);

const refused = (name: string, cure: object = {}): object => ({
  kind: 'problem',
  problem: { name, ...cure },
});

describe('a body', () => {
  it.each([
    [JSON_TYPE, JSON_TYPE],
    [PATCH_TYPE, PATCH_TYPE],
    ['Application/JSON', JSON_TYPE],
    ['application/json; charset=utf-8', JSON_TYPE],
    ['application/json;charset=UTF-8', JSON_TYPE],
    ['application/json ; Charset="utf-8"', JSON_TYPE],
    ['application/json;', JSON_TYPE],
    ['application/json; version=1', JSON_TYPE],
    ['application/json; x="a, b"', JSON_TYPE],
    ['application/json-patch+json; charset=utf-8', PATCH_TYPE],
  ])('[J2] of type %j is taken', async (type, mediaType) => {
    expect(await read(sent('{}', { 'Content-Type': type }))).toEqual({ kind: 'text', text: '{}', mediaType });
  });

  it.each([
    'text/plain',
    'text/plain;charset=UTF-8',
    'text/plain; x=application/json',
    'text/plain; application/json',
    'text/plain, application/json',
    'application/json, text/plain',
    'application/json; charset=utf-8, text/plain',
    'application/json; charset=utf-8, text',
    'multipart/form-data; boundary=application/json',
    'application/x-www-form-urlencoded',
    'application/merge-patch+json',
    'application/problem+json',
    'application/json5',
    'application/jsonp',
    'xapplication/json',
    'application/json/x',
    'application /json',
    'application/ json',
    'json',
    '*/*',
    'application/*',
    '',
    ';',
    ';application/json',
    '"application/json"',
    'application/json charset=utf-8',
    'application/json; charset=utf-16',
    'application/json; charset=latin1',
    'application/json; charset="utf-8, latin1"',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json; charset',
    'application/json; charset=',
    'application/json; "',
    'application/json; x="',
    'application/json; =1',
  ])('[J2] of type %j is not', async (type) => {
    expect(await read(sent('{}', { 'Content-Type': type }))).toMatchObject(refused('unsupported-media-type'));
  });

  it('[J2] of a type of 5 KB is not', async () => {
    const type = `application/json; x=${'y'.repeat(5_000)}`;
    expect(await read(sent('{}', { 'Content-Type': type }))).toMatchObject(refused('unsupported-media-type'));
  });

  it('[J2] without a type is not', async () => {
    expect(await read(sent('{}', {}))).toMatchObject(refused('unsupported-media-type'));
  });

  it.each(['gzip', 'deflate', 'br', 'zstd', 'x-gzip', 'identity, gzip', 'gzip, identity', '', 'none', 'utf-8'])(
    '[J2] coded as %j is not',
    async (coding) => {
      const headers = { 'Content-Type': JSON_TYPE, 'Content-Encoding': coding };
      expect(await read(sent('{}', headers))).toMatchObject(refused('unsupported-media-type'));
    },
  );

  it('[J2] of identity coding is taken', async () => {
    const headers = { 'Content-Type': JSON_TYPE, 'Content-Encoding': 'Identity' };
    expect(await read(sent('{}', headers))).toMatchObject({ kind: 'text' });
  });

  it('[J1] that is missing or empty is empty text, which is no JSON', async () => {
    const headers = { 'Content-Type': JSON_TYPE };
    for (const request of [new Request('http://x/', { method: 'PUT', headers }), sent('', headers), chunked([])]) {
      const body = await read(request);
      expect(body).toEqual({ kind: 'text', text: '', mediaType: JSON_TYPE });
      expect(body.kind === 'text' && readJson(body.text)).toMatchObject(refused('malformed-json'));
    }
  });
});

describe('[J3] the limit', () => {
  it.each([99, 100])('lets %i of 100 bytes pass', async (size) => {
    const text = 'x'.repeat(size);
    expect(await read(sent(text, { 'Content-Type': JSON_TYPE }))).toMatchObject({ text });
    expect(await read(chunked([utf8.encode(text)]))).toMatchObject({ text });
    expect(await read(chunked([...text].map((each) => utf8.encode(each))))).toMatchObject({ text });
  });

  it('counts bytes, not characters', async () => {
    expect(await read(chunked([utf8.encode('é'.repeat(50))]))).toMatchObject({ kind: 'text' });
    expect(await read(chunked([utf8.encode('é'.repeat(51))]))).toMatchObject(refused('too-large', { limit: 100 }));
  });

  it('refuses an announced length without reading', async () => {
    const request = streamed({}, { 'Content-Type': JSON_TYPE, 'Content-Length': '101' });
    expect(await read(request)).toMatchObject(refused('too-large', { limit: 100 }));
    expect(request.bodyUsed).toBe(false);
  });

  it('holds for what is longer than announced', async () => {
    const headers = { 'Content-Type': JSON_TYPE, 'Content-Length': '5' };
    expect(await read(sent('x'.repeat(101), headers))).toMatchObject(refused('too-large', { limit: 100 }));
  });

  it.each([undefined, '-1', '1e1', 'NaN', '5, 5', '0x5'])(
    'cuts off an endless body that announces %s',
    async (length) => {
      const seen = { pulls: 0, cancels: 0 };
      const source: Source = {
        pull(controller) {
          seen.pulls += 1;
          controller.enqueue(new Uint8Array(10));
        },
        cancel() {
          seen.cancels += 1;
        },
      };
      const headers = {
        'Content-Type': JSON_TYPE,
        ...(length !== undefined && { 'Content-Length': length }),
      };
      expect(await read(streamed(source, headers))).toMatchObject(refused('too-large', { limit: 100 }));
      expect(seen.cancels).toBe(1);
      expect(seen.pulls).toBeLessThan(15);
    },
  );

  it('does not wait for a cancel that hangs or fails', async () => {
    for (const cancel of [() => new Promise<void>(() => undefined), () => Promise.reject(new Error('no'))]) {
      const source: Source = { pull: (controller) => controller.enqueue(new Uint8Array(101)), cancel };
      expect(await read(streamed(source))).toMatchObject(refused('too-large'));
    }
  });

  it('takes a large body in small chunks', async () => {
    const text = 'abcdefghij'.repeat(20_000);
    const chunks = Array.from({ length: text.length / 4 }, (_, index) =>
      utf8.encode(text.slice(4 * index, 4 * index + 4)),
    );
    expect(await read(chunked(chunks), 200_000)).toMatchObject({ text });
  });
});

describe('[J1] bytes that are not UTF-8', () => {
  it.each([
    ['a stray continuation', [0x80]],
    ['a byte that never occurs', [0xff]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong NUL', [0xc0, 0x80]],
    ['an overlong quote of three', [0xe0, 0x80, 0xa2]],
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a surrogate pair (CESU-8)', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a cut character', [0xe2, 0x82]],
    ['a cut character, then more', [0xf0, 0x9f, 0x22]],
    ['UTF-16 with its mark', [0xff, 0xfe, 0x7b, 0x00]],
    ['Latin-1', [0x22, 0xe9, 0x22]],
  ])('%s', async (_, bytes) => {
    expect(await read(sent(new Uint8Array(bytes), { 'Content-Type': JSON_TYPE }))).toMatchObject(
      refused('invalid-utf8'),
    );
    expect(await read(chunked(bytes.map((each) => new Uint8Array([each]))))).toMatchObject(refused('invalid-utf8'));
  });

  it('do not spoil the next body', async () => {
    await read(chunked([new Uint8Array([0xe2, 0x82])]));
    expect(await read(chunked([utf8.encode('"€"')]))).toMatchObject({ text: '"€"' });
  });

  it('but a byte order mark stays, and is no JSON', async () => {
    const body = await read(chunked([new Uint8Array([0xef, 0xbb, 0xbf, 0x31])]));
    expect(body).toMatchObject({ text: '\ufeff1' });
    expect(body.kind === 'text' && readJson(body.text)).toMatchObject(refused('malformed-json'));
  });

  it('random text arrives, however it is cut', () => {
    const cuts = fc.array(fc.nat(200), { maxLength: 6 });
    const arrives = fc.asyncProperty(fc.string({ unit: 'binary' }), cuts, async (text, places) => {
      const bytes = utf8.encode(text);
      const ends = [...places.sort((a, b) => a - b), bytes.length];
      const chunks = ends.map((end, index) => bytes.slice(ends[index - 1] ?? 0, end));
      expect(await read(chunked(chunks), 10_000)).toMatchObject({ text });
    });
    return holdsAsync(arrives);
  });
});

describe.each([
  ['of known length', { 'Content-Type': JSON_TYPE, 'Content-Length': '10' }],
  ['in chunks', { 'Content-Type': JSON_TYPE }],
])('a body %s that breaks off', (_, headers) => {
  it.each([
    ['at once', 0],
    ['after a chunk', 1],
    ['after three', 3],
  ])('%s is refused [J1]', async (__, chunks) => {
    let pulls = 0;
    const source: Source = {
      pull(controller) {
        pulls += 1;
        if (pulls > chunks) controller.error(new Error('connection reset'));
        else controller.enqueue(utf8.encode('{}'));
      },
    };
    expect(await read(streamed(source, headers))).toMatchObject(refused('malformed-json'));
  });

  it('by a source that throws is refused [J1]', async () => {
    const source: Source = {
      pull() {
        throw new Error('connection reset');
      },
    };
    expect(await read(streamed(source, headers))).toMatchObject(refused('malformed-json'));
  });
});

describe('a content type', () => {
  it('gets an answer whatever it is', () => {
    const visible = hostileText('aplicton/js;=" ,').filter((type) => /^[\t\x20-\x7e\x80-\xff]*$/.test(type));
    return holdsAsync(
      fc.asyncProperty(visible, fc.constantFrom('', JSON_TYPE, `${JSON_TYPE};`), async (type, start) => {
        const body = await read(sent('{}', { 'Content-Type': start + type }));
        expect(['text', 'problem']).toContain(body.kind);
      }),
    );
  });
});
