import type { ReactNode } from 'react';
import { useApplication } from '../react/react.ts';
import type { Send } from './client-pane.tsx';
import type { Boxes as BoxesClient } from './demo-client.ts';

const BOXES = [
  [
    '1',
    'Challenge, response',
    'Each request waits for its own answer. A client that closes a box by itself tells nobody, and the next answer is wrong.',
  ],
  [
    '2',
    'Push state, poll state',
    'Changes go one way, the whole state comes back another, and neither waits for the other. Nobody has to guess.',
  ],
  [
    '3',
    'The warning',
    'The warning can hold this box open. What goes against it shows at once, is refused, and goes back.',
  ],
] as const;

interface BoxesProps {
  readonly client: BoxesClient;
  readonly id: string;
  readonly send: Send;
}

/** The article's example: at most one box is open, and the rule lives in the reducer. */
export const Boxes = ({ client, id, send }: BoxesProps): ReactNode => {
  const open = useApplication(client, (state) => state.open);
  const forced = useApplication(client, (state) => state.forced);
  const toggle = (box: '1' | '2' | '3'): void =>
    send('boxes', open === box ? client.push.close({ box }) : client.push.open({ box }));
  return (
    <div className="part">
      <h3>Three boxes, at most one open</h3>
      {BOXES.map(([box, title, text]) => (
        <div className="box" key={box}>
          <button
            type="button"
            className="control"
            aria-expanded={open === box}
            aria-controls={`${id}-text-${box}`}
            onClick={() => toggle(box)}
          >
            {box} · {title}
          </button>
          <p id={`${id}-text-${box}`} hidden={open !== box}>
            {text}
          </p>
        </div>
      ))}
      <button
        type="button"
        className="control"
        role="switch"
        aria-checked={forced !== null}
        onClick={() => send('boxes', forced === null ? client.push.force({ box: '3' }) : client.push.release())}
      >
        <span className="track" />
        The warning holds box 3 open
      </button>
    </div>
  );
};
