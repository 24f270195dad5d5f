import type { ReactNode } from 'react';
import { useApplication } from '../react/react.ts';
import type { Boxes as BoxesClient, Rejection, TrackPush } from './demo-client.ts';
import { RejectionNote } from './rejection-note.tsx';

const BOXES = [
  [
    '1',
    'Challenge, response',
    'Each request waits for its own answer. If a client closes a box without telling the server, the next answer is wrong.',
  ],
  [
    '2',
    'Push state, poll state',
    'Changes go to the server on one channel, and the whole state comes back on another. Neither waits for the other, and no client has to guess.',
  ],
  [
    '3',
    'The warning',
    'The warning can hold this box open. A change against it shows immediately, is rejected by the server, and is undone.',
  ],
] as const;

interface BoxesProps {
  readonly client: BoxesClient;
  readonly id: string;
  readonly track: TrackPush;
  readonly rejection: Rejection | undefined;
}

/** The article's example: at most one box is open. The reducer keeps this rule. */
export const Boxes = ({ client, id, track, rejection }: BoxesProps): ReactNode => {
  const open = useApplication(client, (state) => state.open);
  const forced = useApplication(client, (state) => state.forced);
  const toggle = (box: '1' | '2' | '3'): void =>
    track('boxes', `box ${box}`, open === box ? client.push.close({ box }) : client.push.open({ box }));
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
          <RejectionNote rejection={rejection} control={`box ${box}`} />
        </div>
      ))}
      <p className="hint">
        Two rules of the server: opening a box closes the others, and while the warning is on, only box 3 is open.
      </p>
      <button
        type="button"
        className="control"
        role="switch"
        aria-checked={forced !== null}
        onClick={() =>
          track('boxes', 'warning', forced === null ? client.push.force({ box: '3' }) : client.push.release())
        }
      >
        <span className="track" />
        The warning holds box 3 open
      </button>
      <RejectionNote rejection={rejection} control="warning" />
    </div>
  );
};
