import specification from 'json-patch-test-suite/spec_tests.json' with { type: 'json' };
import collection from 'json-patch-test-suite/tests.json' with { type: 'json' };
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/protocol/json.ts';
import { Api, fresh } from '../support/api.ts';
import { positionIn } from '../support/position.ts';

// The public collections, through the HTTP API: the document is put in place by one change, the patch is the next.

interface Case {
  readonly comment?: string;
  readonly doc: Json;
  readonly patch: Json;
  readonly expected?: Json;
  readonly error?: string;
  readonly disabled?: boolean;
}

const PATCH = { 'Content-Type': 'application/json-patch+json', Prefer: 'wait=5, return=representation' };

/** One application for a whole file; the seconds of each pair of changes tell the state. */
class Document {
  readonly #api = new Api(fresh());
  #n = 0;

  /** Puts a document in place. */
  async put(doc: Json): Promise<void> {
    const answer = await this.send([{ op: 'replace', path: '', value: doc }]);
    expect(answer.status, answer.text).toBe(200);
    this.#n += 1;
  }

  /** Sends a patch; one that was refused at the door has used no n. */
  async apply(patch: Json, type: object = {}): Promise<{ status: number; state: Json }> {
    const { status } = await this.send(patch, type);
    const state = await this.#api.drained();
    const head = positionIn((await this.#api.state()).headers).head;
    this.#n = head;
    return { status, state };
  }

  send(patch: Json, type: object = {}) {
    return this.#api.call('PUT', `/changes/c1/${this.#n + 1}`, JSON.stringify(patch), { ...PATCH, ...type });
  }
}

const nameOf = ({ comment, patch }: Case): string => comment ?? JSON.stringify(patch).slice(0, 80);

describe.each([
  ['tests.json', collection as Case[]],
  ['spec_tests.json', specification as Case[]],
] as const)('json-patch-test-suite: %s', (_, cases) => {
  it('[D1] [D4] [J9] gives what it says, or refuses and leaves the document as it was', async () => {
    const document = new Document();
    const enabled = cases.filter(({ disabled }) => disabled !== true);
    expect(enabled.length).toBeGreaterThan(15);
    for (const each of enabled) {
      await document.put(each.doc);
      const { status, state } = await document.apply(each.patch);
      if (each.error !== undefined) {
        expect(status, nameOf(each)).toBe(422);
        expect(state, nameOf(each)).toEqual(each.doc);
      } else {
        expect(status, nameOf(each)).toBe(200);
        if (each.expected !== undefined) expect(state, nameOf(each)).toEqual(each.expected);
      }
    }
  });
});

/** RFC 7396, appendix A: original, patch, result. */
const MERGES: readonly (readonly [Json, Json, Json])[] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

describe('RFC 7396', () => {
  it('[Q9] every example of appendix A gives its result', async () => {
    const document = new Document();
    for (const [original, patch, result] of MERGES) {
      await document.put(original);
      const { status, state } = await document.apply(patch, { 'Content-Type': 'application/merge-patch+json' });
      expect([status, state]).toEqual([200, result]);
    }
  });
});
