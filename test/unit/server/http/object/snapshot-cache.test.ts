import { describe, expect, it } from 'vitest';
import { SNAPSHOTS_BYTES_MAX } from '../../../../../src/protocol/limits.ts';
import { getSnapshot, putSnapshot } from '../../../../../src/server/http/object/snapshot-cache.ts';
import type { ReadMessage } from '../../../../../src/server/rpc/messages.ts';

const message: ReadMessage = { known: [], delta: 'none', drain: 'no' };

/** Stores states of half the cache in UTF-16 units, and tells which of them are still there. */
const kept = (prefix: string, character: string): boolean[] => {
  const names = [0, 1].map((index) => `${prefix}/${index}`);
  const body = character.repeat(SNAPSHOTS_BYTES_MAX / 2 - 10_000);
  for (const name of names) {
    const version = { epoch: 'e', version: 1 };
    const position = { ...version, head: 1, queue: 0, lag: 0 };
    putSnapshot({ application: name, sender: [] }, message, { kind: 'state', version, position, body }, Date.now());
  }
  return names.map((name) => getSnapshot({ application: name, sender: [] }, message, 0) !== undefined);
};

describe('[B3] [S13] the states that an isolate keeps for readers', () => {
  it('are bounded by the bytes that they take, two for each unit of a text beyond Latin-1', () => {
    expect(kept('latin', 'é')).toEqual([true, true]);
    expect(kept('wide', '漢')).toEqual([false, true]);
  });
});
