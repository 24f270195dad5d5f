import type { Unsent } from './session.ts';

const WORDS: Readonly<Record<string, string>> = {
  open: 'Opening box',
  close: 'Closing box',
  force: 'The warning for box',
  release: 'Ending the warning',
};

/** What a change is called in messages. */
export const describe = ({ name, args }: Unsent): string => `${WORDS[name]} ${args['box'] ?? ''}`.trim();

/** The control that asked for it, and that is marked until the answer is there. */
export const controlOf = ({ name, args }: Unsent): unknown =>
  name === 'open' || name === 'close' ? args['box'] : 'warning';
