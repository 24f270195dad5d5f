import * as v from 'valibot';
import { change } from '../../../../src/core/change.ts';
import { defineApplication } from '../../../../src/core/define-application.ts';
import { reject } from '../../../../src/core/json/problem-error.ts';

/** A definition whose state shows which changes were applied, how often and in which order. */
export const notes = defineApplication({
  name: 'notes',
  version: 1,
  initial: { list: [], by: {} } as { list: string[]; by: Record<string, number> },
  changes: {
    note: change(
      v.object({ id: v.string() }),
      (state: { list: string[]; by: Record<string, number> }, { id }, { seq }) => {
        state.by[id] = seq;
        if (id.endsWith('!')) reject('no', 'Not this one.');
        state.list.push(id);
      },
    ),
    clear: change(v.object({}), (state: { list: string[]; by: Record<string, number> }) => {
      state.list = [];
      state.by = {};
    }),
  },
});
