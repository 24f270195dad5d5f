/** The anchor that GitHub gives a heading, by the heading's Markdown. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/<[^>]*>/g, '')
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

/** Gives each heading of one page its anchor: the second of the same text ends in `-1`, as on GitHub. */
export const anchorCounter = (): ((heading: string) => string) => {
  const seen = new Map<string, number>();
  return (heading) => {
    const anchor = anchorOf(heading);
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times === 0 ? anchor : `${anchor}-${times}`;
  };
};

/** The anchor of a rule of the protocol: `q3` for `Q3`. */
export const ruleAnchor = (id: string): string => id.toLowerCase();
