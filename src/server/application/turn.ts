interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects what arrives within one turn of the event loop and handles it together: one transaction, one row, one
 * head check and one burst of answers for all. A fixed window would be slower; alone nothing is lost.
 */
export const perTurn = <Item, Answer>(
  handle: (items: readonly Item[]) => readonly Answer[],
): ((item: Item) => Promise<Answer>) => {
  let waiting: Waiting<Item, Answer>[] = [];
  const flush = (): void => {
    const batch = waiting;
    waiting = [];
    try {
      const answers = handle(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => {
        resolve(answers[index] as Answer);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  return (item) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setTimeout(flush, 0);
      waiting.push({ item, resolve, reject });
    });
};

/** The next turn: what was written before is committed, and whoever waits gets in. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
