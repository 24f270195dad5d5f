import { jsonOf } from './call.ts';
import { controlOf } from './change-words.ts';
import type { Circle } from './circle.ts';
import { byId, setText } from './element.ts';
import type { Unsent } from './session.ts';

const BOXES = ['1', '2', '3'];
/** The box that the warning holds open. */
const WARNED = '3';

interface BoxesState {
  readonly open: string | null;
  readonly forced: string | null;
}

type Ask = (name: string, args: Unsent['args']) => void;

/** A click asks for a change and shows nothing of it: that is the state's business. */
export const listenToBoxes = (ask: Ask): void => {
  for (const box of BOXES) {
    const button = byId(`box-${box}`);
    button.onclick = () => ask(button.ariaExpanded === 'true' ? 'close' : 'open', { box });
  }
  const warning = byId('warning');
  warning.onclick = () => (warning.ariaChecked === 'true' ? ask('release', {}) : ask('force', { box: WARNED }));
};

export const showBoxes = (circle: Circle): void => {
  const { open, forced } = jsonOf<BoxesState>(circle.seen ?? { text: '' });
  // Before the first poll nobody knows what a click would ask for.
  byId<HTMLFieldSetElement>('controls').disabled = circle.seen === undefined;
  for (const box of BOXES) {
    byId(`box-${box}`).ariaExpanded = String(box === open);
    byId(`box-${box}`).classList.toggle('forced', box === forced);
    byId(`text-${box}`).hidden = box !== open;
    setText(`mark-${box}`, markOf(circle, box));
  }
  byId('warning').ariaChecked = String(BOXES.includes(forced ?? ''));
  setText('mark-warning', markOf(circle, 'warning'));
};

/** How far the last change that this control asked for has come; empty when nothing is on its way. */
const markOf = ({ session, queued }: Circle, control: string): string => {
  if (session.unsent.some((change) => controlOf(change) === control)) return 'being sent';
  const last = queued.findLast((change) => controlOf(change) === control);
  return last ? `queued as ${last.seq}` : '';
};
