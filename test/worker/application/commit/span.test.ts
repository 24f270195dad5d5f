import * as workers from 'cloudflare:workers';
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, Api, fresh } from '../../../support/api.ts';
import { evict } from '../../../support/objects.ts';

const SECRET = 'whatever-a-user-has-written';
const WAIT = { Prefer: 'wait=5' };

interface Span {
  readonly name: string;
  readonly parent: string | undefined;
  readonly attributes: Record<string, unknown>;
}

let spans: Span[] = [];
let isTraced = true;

const { tracing } = workers as unknown as {
  tracing: { enterSpan(name: string, work: (span: object) => unknown): unknown };
};

/** A tracer as the runtime's: what is entered while a span is open, or after a wait in it, is its child. */
beforeEach(() => {
  // Far ahead, so that no alarm drains.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_000 });
  [spans, isTraced] = [[], true];
  const open = new AsyncLocalStorage<string>();
  vi.spyOn(tracing, 'enterSpan').mockImplementation((name, work) => {
    const attributes: Record<string, unknown> = {};
    spans.push({ name, parent: open.getStore(), attributes });
    const setAttribute = (key: string, value: unknown) => void Object.assign(attributes, { [key]: value });
    return open.run(name, () => work({ isTraced, setAttribute }));
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const note = (api: Api, n: number): Promise<Answer> => api.push('c', n, 'note', { key: SECRET, value: SECRET }, WAIT);

const application = async (): Promise<Api> => {
  const api = new Api(fresh());
  await api.create('debug');
  await note(api, 1);
  // The run that has applied it may still look for more.
  await evict(api.path);
  return api;
};

const tree = (): (string | undefined)[][] => spans.map(({ name, parent }) => [parent, name]);

describe('spans', () => {
  it('[G2] of a push and its drain: accepted and written, then applied in a span of its own with what it writes and tells', async () => {
    const api = await application();
    spans = [];
    await note(api, 2);
    expect(tree()).toEqual([
      [undefined, 'accept'],
      [undefined, 'commit'],
      [undefined, 'drain'],
      ['drain', 'commit'],
      ['drain', 'deliver'],
    ]);
    const names = { 'changebucket.application': api.path.replace('/v1/apps/', ''), 'changebucket.version': 1 };
    expect(spans.map(({ attributes }) => attributes)).toEqual([
      { ...names, 'changebucket.pushes': 1 },
      { ...names, 'changebucket.changes': 1 },
      names,
      names,
      { ...names, 'changebucket.version': 2 },
    ]);
  });

  it('[G2] of a push that is applied in the turn that accepts it: each stage beside the others', async () => {
    const api = await application();
    await api.info();
    vi.setSystemTime(Date.now() + 60_000);
    spans = [];
    await note(api, 2);
    expect(tree()).toEqual(['accept', 'drain', 'commit', 'deliver'].map((name) => [undefined, name]));
  });

  it('[G2] hold names and numbers alone, and none where the request is not traced', async () => {
    const api = await application();
    await api.push('c', 2, 'throw', { key: SECRET }, WAIT);
    await api.state({ Prefer: 'drain' });
    const keys = new Set(spans.flatMap(({ attributes }) => Object.keys(attributes)));
    const allowed = ['application', 'version', 'pushes', 'changes'].map((name) => `changebucket.${name}`);
    expect([...keys].sort()).toEqual(allowed.sort());
    expect(JSON.stringify(spans)).not.toContain(SECRET);
    expect(JSON.stringify(spans)).not.toMatch(/eyJ/);
    [spans, isTraced] = [[], false];
    await note(api, 3);
    expect(spans.map(({ attributes }) => Object.keys(attributes).length)).toEqual(spans.map(() => 0));
    expect(spans.length).toBeGreaterThan(3);
  });
});
