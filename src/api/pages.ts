import { jsonOf } from './answers.ts';
import type { CallOptions } from './call.ts';
import { queryOf } from './paths.ts';
import type { Requester } from './requester.ts';

/** A list that comes in pages. `for await` goes through all of them, entry by entry. */
export interface Pages<Entry, Page> extends AsyncIterable<Entry> {
  /** Reads the first page alone. */
  page(): Promise<Page>;
}

/** The options of a list: where it begins, how long its pages are, and what narrows it. */
type ListOptions<Cursor> = CallOptions & { readonly after?: Cursor; readonly limit?: number };

/** Reads a list from a path. @param options the query of its first page */
export const pagesAt = <Entry, Cursor extends string | number, Page extends { readonly next?: Cursor }>(
  requester: Requester,
  path: string,
  { signal, ...query }: ListOptions<Cursor>,
  entriesOf: (page: Page) => readonly Entry[],
): Pages<Entry, Page> => {
  const read = async (after?: Cursor): Promise<Page> =>
    jsonOf<Page>(
      await requester.send({ path: path + queryOf(after === undefined ? query : { ...query, after }), signal }),
    );
  return {
    page: () => read(),
    async *[Symbol.asyncIterator]() {
      for (let page = await read(); ; page = await read(page.next)) {
        yield* entriesOf(page);
        if (page.next === undefined) return;
      }
    },
  };
};
