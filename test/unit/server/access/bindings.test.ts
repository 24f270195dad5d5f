import { beforeEach, describe, expect, it, vi } from 'vitest';
import { missingBindings } from '../../../../src/server/access/bindings.ts';

const namespace = { idFromName: () => undefined };

describe('[A5] the bindings of a deployment', () => {
  beforeEach(() => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    return () => vi.restoreAllMocks();
  });

  it('are complete with both namespaces', () => {
    expect(missingBindings({ APPLICATION: namespace, DIRECTORY: namespace })).toBeUndefined();
    expect(console.error).not.toHaveBeenCalled();
  });

  it.each([
    ['DIRECTORY', { APPLICATION: namespace }],
    ['APPLICATION', { DIRECTORY: namespace, APPLICATION: { get: () => undefined } }],
  ] as const)('lack %s, by name, for whoever needs it, and log it once', (name, env) => {
    const other = name === 'DIRECTORY' ? 'APPLICATION' : 'DIRECTORY';
    // In any order: the Worker and its objects may share one environment.
    expect(missingBindings(env, [other])).toBeUndefined();
    for (const needed of [[name], undefined] as const)
      expect(missingBindings(env, needed)?.problem).toMatchObject({
        name: 'not-configured',
        detail: expect.stringContaining(`missing: ${name}.`),
      });
    expect(console.error).toHaveBeenCalledTimes(1);
  });
});
