import type { Json } from '../../protocol/json.ts';
import { expectEqual, expectStatus, expectThat } from '../probing/expectations.ts';
import { patched } from '../probing/patched.ts';
import { sleep } from '../probing/probe.ts';
import type { Rules } from '../probing/rule.ts';

const LONG = 'x'.repeat(500);
/** Changes whose patches touch members, elements and the whole state. */
const STEPS: readonly Json[] = [
  [
    { op: 'add', path: '/list', value: [1, 2, 3, 4] },
    { op: 'add', path: '/a~1b~0c', value: { d: 1 } },
  ],
  [
    { op: 'remove', path: '/list/0' },
    { op: 'add', path: '/list/2', value: { x: 1 } },
    { op: 'move', from: '/list/3', path: '/list/0' },
  ],
  [
    { op: 'copy', from: '/list/0', path: '/a~1b~0c/e' },
    { op: 'replace', path: '/list/2', value: '\u{1F600}' },
    { op: 'remove', path: '/a~1b~0c/d' },
  ],
  [{ op: 'remove', path: '/list' }],
];

export const STATE: Rules = {
  S1: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { a: 1 });
    const { headers, etag, json } = expectStatus(await app.state(), 200);
    expectThat(/^"[0-9a-z]{1,32}\.1"$/.test(etag), `The etag ${etag} is not "epoch.version".`);
    expectEqual(headers.get('Cache-Control'), 'private, no-cache', 'Cache-Control');
    for (const name of ['Authorization', 'Origin', 'Accept', 'A-IM'])
      expectThat((headers.get('Vary') ?? '').includes(name), `Vary does not name ${name}.`);
    expectEqual(json, { a: 1 }, 'the state');
  },
  S2: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { a: 1 });
    const { etag } = await app.drained();
    const inner = etag.slice(1, -1);
    for (const tag of [etag, `W/${etag}`, `"${inner}-gzip"`, `"${inner}--gzip"`, `"other.1", ${etag}`]) {
      const answer = expectStatus(await app.state({ 'If-None-Match': tag }), 304);
      expectEqual([answer.text, answer.etag], ['', etag], 'body and etag of a 304');
    }
  },
  S3: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { a: 1, long: LONG });
    const { etag } = await app.drained();
    await app.mergeNow(2, { a: 2 });
    const answer = expectStatus(await app.state({ 'If-None-Match': etag, 'A-IM': 'json-patch' }), 226);
    expectEqual(answer.headers.get('IM'), 'json-patch', 'IM');
    expectEqual(answer.headers.get('Delta-Base'), etag, 'Delta-Base');
    expectEqual(answer.json, [{ op: 'replace', path: '/a', value: 2 }], 'the patch');
    await app.mergeNow(3, { long: null });
    expectStatus(await app.state({ 'If-None-Match': etag, 'A-IM': 'json-patch' }), 200);
  },
  S4: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { long: LONG });
    for (const [index, step] of STEPS.entries()) {
      const before = await app.drained();
      expectStatus(await app.patch(index + 2, step), 200);
      const delta = await app.state({ 'If-None-Match': before.etag, 'A-IM': 'json-patch' });
      expectStatus(delta, 226);
      const after = await app.drained();
      expectEqual(patched(before.json, delta.json), after.json, 'the state that the patch makes');
      expectEqual(delta.etag, after.etag, 'the etag of the patch');
    }
  },
  S5: async (probe) => {
    const app = await probe.createApplication();
    const { etag } = await app.state();
    const begun = Date.now();
    expectStatus(await app.state({ 'If-None-Match': etag, Prefer: 'wait=1' }), 304);
    expectThat(Date.now() - begun > 900, 'A long-poll of 1 s came back at once.');
    const waiting = app.state({ 'If-None-Match': etag, Prefer: 'wait=10' });
    await sleep(100);
    await app.mergeNow(1, { a: 1 });
    expectEqual(expectStatus(await waiting, 200).json, { a: 1 }, 'what the long-poll brings');
  },
  S6: async (probe) => {
    const app = await probe.createApplication();
    for (let n = 1; n <= 5; n += 1) {
      expectStatus(await app.merge(n, { n }), 202);
      expectEqual((await app.drained()).json, { n }, 'a drained state');
    }
  },
};
