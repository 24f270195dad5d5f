/** A part of the state with its values by their keys. */
export type Keyed = Readonly<Record<string, object>>;

/** The part of TanStack's sync that writes rows. */
export interface RowWriter<Row> {
  begin(): void;
  write(
    message:
      | { readonly type: 'insert' | 'update'; readonly value: Row }
      | { readonly type: 'delete'; readonly key: string },
  ): void;
  commit(): unknown;
}

/**
 * Writes what leads from one part of the state to another, in one transaction of the collection. Values that are the same
 * object are not looked into: a state shares what has not changed, also across epochs.
 */
export const writeDifference = <Row>(
  writer: RowWriter<Row>,
  before: Keyed,
  after: Keyed,
  rowOf: (key: string, value: object) => Row,
): void => {
  const removed = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  const changed = Object.keys(after).filter((key) => !Object.hasOwn(before, key) || before[key] !== after[key]);
  if (removed.length === 0 && changed.length === 0) return;
  writer.begin();
  for (const key of removed) writer.write({ type: 'delete', key });
  for (const key of changed) {
    const type = Object.hasOwn(before, key) ? 'update' : 'insert';
    writer.write({ type, value: rowOf(key, after[key] as object) });
  }
  writer.commit();
};
