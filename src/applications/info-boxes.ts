import * as v from 'valibot';
import { defineApplication } from '../core/define-application.ts';
import { reject } from '../core/json/problem-error.ts';

// The example of the article that this project implements: three info boxes, at most one of them open, and a warning
// on the page that may force its box open. If clients close boxes by themselves, client and server diverge; here the
// rule is in one place and every client sees its result.

const Box = v.picklist(['1', '2', '3']);

const State = v.object({
  open: v.nullable(Box),
  /** The box that the warning keeps open. */
  forced: v.nullable(Box),
});
type State = v.InferOutput<typeof State>;

const rejectWhileForced = ({ forced }: State): void => {
  if (forced !== null) reject('box-forced', `The warning keeps box ${forced} open.`);
};

/** Three info boxes, of which at most one is open. */
export const infoBoxes = defineApplication({
  name: 'info-boxes',
  version: 1,
  state: State,
  initial: { open: null, forced: null },
  changes: (change) => ({
    /** Opens a box and closes the one that is open. */
    open: change(v.strictObject({ box: Box }), (state, { box }) => {
      if (state.open !== box) rejectWhileForced(state);
      state.open = box;
    }),
    /** Closes a box; has no effect on a closed one. */
    close: change(v.strictObject({ box: Box }), (state, { box }) => {
      if (state.open !== box) return;
      rejectWhileForced(state);
      state.open = null;
    }),
    /** Starts the warning: its box opens, whichever was open. */
    force: change(v.strictObject({ box: Box }), (state, { box }) => {
      state.open = box;
      state.forced = box;
    }),
    /** Ends the warning; its box stays open. */
    release: change(v.strictObject({}), (state) => {
      state.forced = null;
    }),
  }),
});
