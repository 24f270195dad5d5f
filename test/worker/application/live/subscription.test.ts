import { describe, expect, it } from 'vitest';
import { subscribe } from '../../../../src/server/application/live/subscription.ts';
import type { LoadedState } from '../../../../src/server/application/state/loaded-state.ts';

const loaded = { row: { epoch: 'e' }, version: 7 } as unknown as LoadedState;
const at = (version: number, epoch = 'e') => ({ epoch, version });

describe('the position of a new reader', () => {
  it('[V2] [W5] of the whole state resumes from any version of the epoch', () => {
    expect(subscribe(loaded, '', [at(3)])).toEqual({ path: '', sent: at(3), currentTo: 3 });
    expect(subscribe(loaded, '', [at(0)])).toEqual({ path: '', sent: at(0), currentTo: 0 });
    expect(subscribe(loaded, '', [at(7)])).toEqual({ path: '', sent: at(7), currentTo: 7 });
  });

  it('[V2] [S11] starts without a version when it knows none, one of another epoch or one from the future', () => {
    const start = { path: '', sent: undefined, currentTo: 0 };
    for (const known of [[], [at(3, 'other')], [at(8)]]) expect(subscribe(loaded, '', known)).toEqual(start);
    expect(subscribe(loaded, '', [at(8), at(3, 'other'), at(5)]).sent).toEqual(at(5));
  });

  it('[V8] [W5] of a part resumes only from the current version', () => {
    expect(subscribe(loaded, '/a', [at(6)]).sent).toBeUndefined();
    expect(subscribe(loaded, '/a', [at(6), at(7)])).toEqual({ path: '/a', sent: at(7), currentTo: 7 });
  });
});
