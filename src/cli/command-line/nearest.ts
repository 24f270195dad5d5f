/** The number of letters to insert, remove or replace to make one word of the other. */
const distanceOf = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1];
    for (const [j, otherLetter] of [...other].entries()) {
      const replaced = (row[j] ?? 0) + (letter === otherLetter ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};

/** More differences than this are another word. */
const DISTANCE_MAX = 3;

/** The most similar of some words; undefined when none is similar. */
export const nearest = (word: string, words: readonly string[]): string | undefined =>
  words
    .map((each) => ({ each, distance: distanceOf(word, each) }))
    .filter(({ each, distance }) => distance <= DISTANCE_MAX && distance < each.length)
    .sort((a, b) => a.distance - b.distance)[0]?.each;
