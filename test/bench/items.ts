// The state that every system holds: items of about 110 bytes, each under a key of its own.

export type Item = { readonly title: string; readonly text: string; readonly value: number };

/** Ten kilobytes. */
export const ITEMS = 100;

export const itemName = (item: number): string => `item-${item}`;
export const itemNumber = (name: string): number => Number(name.slice('item-'.length));

export const itemsOf = (from: number, count: number): Record<string, Item> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      itemName(from + i),
      { title: `Title of item ${from + i}`, text: noise(from + i), value: 0 },
    ]),
  );

/** What every system begins with. */
export const firstItems = (): Record<string, Item> => itemsOf(0, ITEMS);

/** Seven digits without an order, and other ones each time an item's turn comes again. */
export const valueAt = (n: number): number => 1_000_000 + ((n * 611_953) % 8_999_999);

const LENGTH = 60;

/** The same for each item every time. Letters by chance: people's texts compress better, and none should profit from that. */
const noise = (item: number): string => {
  let seed = item + 1;
  let text = '';
  while (text.length < LENGTH) {
    // A linear congruential generator (Numerical Recipes, 7.1).
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    text += seed.toString(36).slice(0, -1);
  }
  return text.slice(0, LENGTH);
};
