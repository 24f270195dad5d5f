/** A list that comes in pages. `for await` goes through all of them, entry by entry. */
export interface Pages<Entry, Page> extends AsyncIterable<Entry> {
  /** Reads the first page alone. */
  page(): Promise<Page>;
}

/** @param read the page behind a cursor; undefined for the first one */
export const pagesOf = <Entry, Cursor extends string | number, Page extends { readonly next?: Cursor }>(
  read: (after: Cursor | undefined) => Promise<Page>,
  entriesOf: (page: Page) => readonly Entry[],
): Pages<Entry, Page> => ({
  page: () => read(undefined),
  async *[Symbol.asyncIterator]() {
    for (let page = await read(undefined); ; page = await read(page.next)) {
      yield* entriesOf(page);
      if (page.next === undefined) return;
    }
  },
});
