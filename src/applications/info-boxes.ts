import * as v from 'valibot';
import { change, defineApplication } from '../core/definition.ts';
import { reject } from '../core/json/refusal.ts';

// The example of the article this project is built after: three info boxes, at most one of them open, and a warning
// on the page that may force its box open. When clients close boxes by themselves, client and server drift apart;
// here the rule lives in one place and every client sees its result.

const Box = v.picklist(['1', '2', '3']);

const State = v.object({
  open: v.nullable(Box),
  /** The box that the warning holds open. */
  forced: v.nullable(Box),
});
type State = v.InferOutput<typeof State>;

const refuseWhileForced = ({ forced }: State): void => {
  if (forced !== null) reject('box-forced', `The warning keeps box ${forced} open.`);
};

export const infoBoxes = defineApplication({
  name: 'info-boxes',
  version: 1,
  state: State,
  initial: { open: null, forced: null } as State,
  changes: {
    /** Opens a box, which closes the one that is open. */
    open: change(v.strictObject({ box: Box }), (state: State, { box }) => {
      if (state.open !== box) refuseWhileForced(state);
      state.open = box;
    }),
    /** Closes a box; one that is closed already stays so. */
    close: change(v.strictObject({ box: Box }), (state: State, { box }) => {
      if (state.open !== box) return;
      refuseWhileForced(state);
      state.open = null;
    }),
    /** The warning comes on: its box opens, whatever was open. */
    force: change(v.strictObject({ box: Box }), (state: State, { box }) => {
      state.open = box;
      state.forced = box;
    }),
    /** The warning goes off; the box stays as it is. */
    release: change(v.strictObject({}), (state: State) => {
      state.forced = null;
    }),
  },
});
