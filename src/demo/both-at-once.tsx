import { type ReactNode, useState } from 'react';
import type { DemoClient } from './demo-client.ts';
import { newId } from './new-id.ts';

const ENTRIES = ['Milk', 'Bread', 'Tea', 'Apples'] as const;
const BOXES = ['2', '1', '3'] as const;

/** What the push of a turn, from 0, adds and opens. */
const pushOf = (turn: number) => ({
  text: ENTRIES[turn % ENTRIES.length] ?? ENTRIES[0],
  box: BOXES[turn % BOXES.length] ?? BOXES[0],
});

/** A button that makes both clients push at the same moment, beside the code that it runs. */
export const BothAtOnce = ({ clients }: { readonly clients: readonly [DemoClient, DemoClient] }): ReactNode => {
  /** Pushes so far. */
  const [pushes, setPushes] = useState(0);
  const [a, b] = clients;
  const push = (): void => {
    const { text, box } = pushOf(pushes);
    a.track('list', 'list', a.opened.value.list.push.add({ id: newId(), text }), clients);
    b.track('boxes', `box ${box}`, b.opened.value.boxes.push.open({ box }), clients);
    setPushes(pushes + 1);
  };
  // The code that was just run; before the first push, the code that will be.
  const { text, box } = pushOf(Math.max(0, pushes - 1));
  return (
    <section className="try" aria-label="Try it">
      <div>
        <button type="button" className="action primary" onClick={push}>
          Let both clients push at once
        </button>
        <p className="hint">Each change shows in both, in one order, also after a reload.</p>
      </div>
      <pre>
        <code>{`// client A\na.push.add({ id, text: '${text}' });\n// client B\nb.push.open({ box: '${box}' });`}</code>
      </pre>
    </section>
  );
};
