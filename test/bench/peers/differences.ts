import { itemNumber } from '../items.ts';
import type { Heard } from '../peer.ts';

/** Tells what is new in a whole state, for systems that send nothing smaller. */
export const differences = (heard: Heard): ((items: Readonly<Record<string, { readonly value: number }>>) => void) => {
  const known = new Map<string, number>();
  return (items) => {
    for (const [name, { value }] of Object.entries(items)) {
      if (known.get(name) === value) continue;
      known.set(name, value);
      heard(itemNumber(name), value);
    }
  };
};
