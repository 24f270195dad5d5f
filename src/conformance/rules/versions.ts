import { membersOf } from '../probing/answer.ts';
import { expectEqual, expectProblem, expectStatus, expectThat } from '../probing/expectations.ts';
import type { Rules } from '../probing/rule.ts';

export const VERSIONS: Rules = {
  S7: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { a: 1 });
    expectStatus(await app.state({ 'Min-Version': '1' }), 200);
    const late = expectProblem(await app.state({ 'Min-Version': '2' }), 503, 'version-not-reached');
    expectThat(late.headers.has('Retry-After'), 'Retry-After is missing.');
    const waiting = app.state({ 'Min-Version': '2', Prefer: 'wait=10' });
    await app.mergeNow(2, { a: 2 });
    expectEqual(expectStatus(await waiting, 200).json, { a: 2 }, 'the state at the version');
  },
  S8: async (probe) => {
    const app = await probe.createApplication();
    for (const n of [1, 2, 3]) await app.mergeNow(n, { n });
    const past = expectStatus(await app.state({}, '?at=2'), 200);
    expectEqual(past.json, { n: 2 }, 'the state at version 2');
    expectThat(past.etag.endsWith('.2"'), 'The etag is not that of version 2.');
    expectProblem(await app.state({}, '?at=9'), 404, 'unknown-version');
  },
  S9: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { a: { b: [1, 2] }, other: 1 });
    const part = expectStatus(await app.state({}, '?path=/a/b'), 200);
    expectEqual(part.json, [1, 2], 'the part');
    expectProblem(await app.state({}, '?path=/none'), 404, 'unknown-path');
    await app.mergeNow(2, { other: 2 });
    const same = expectStatus(await app.state({ 'If-None-Match': part.etag }, '?path=/a/b'), 304);
    expectThat(same.etag.endsWith('.2"'), 'The 304 has not the etag of the current version.');
  },
  S10: async (probe) => {
    const app = await probe.createApplication();
    const contents = new Map<string, string>();
    let last = 0;
    for (let n = 1; n <= 10; n += 1) {
      const [, ...reads] = await Promise.all([app.merge(n, { n }), app.state(), app.state()]);
      const versions = reads.map(({ etag, text }) => {
        expectEqual(contents.get(etag) ?? text, text, `the content of ${etag}`);
        contents.set(etag, text);
        return Number(/\.(\d+)"$/.exec(etag)?.[1]);
      });
      expectThat(
        Math.min(...versions) >= last,
        `A read came back with version ${Math.min(...versions)} after ${last}.`,
      );
      last = Math.max(...versions);
    }
  },
  S11: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { a: 1 });
    const future = (await app.drained()).etag.replace('.1"', '.99"');
    for (const tag of ['"zzzz.1"', future])
      expectEqual(
        expectStatus(await app.state({ 'If-None-Match': tag, 'A-IM': 'json-patch' }), 200).json,
        { a: 1 },
        'the state for an unknown cursor',
      );
  },
  S12: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { a: 1 });
    const { etag } = await app.drained();
    const written = async () => membersOf((await app.get('')).members['cost'])['rowsWritten'];
    const before = await written();
    for (let poll = 0; poll < 5; poll += 1) expectStatus(await app.state({ 'If-None-Match': etag }), 304);
    expectEqual(await written(), before, 'the rows written after five polls');
  },
  S13: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { n: 1 });
    await app.state({ Prefer: 'max-stale=10000' });
    await app.mergeNow(2, { n: 2 });
    const stale = expectStatus(await app.state({ Prefer: 'max-stale=10000' }), 200);
    const version = Number(/\.(\d+)"$/.exec(stale.etag)?.[1]);
    expectEqual(stale.json, { n: version }, 'the content of the etag');
    expectThat(
      version === 2 || (stale.headers.get('Preference-Applied') ?? '').includes('max-stale'),
      'An older answer does not say so.',
    );
    const least = await app.state({ Prefer: 'max-stale=10000', 'Min-Version': '2' });
    expectEqual(expectStatus(least, 200).json, { n: 2 }, 'the state from version 2 on');
  },
};
