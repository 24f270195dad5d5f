/** A value in a row. Flat on purpose: nested objects are expensive in structured clone (see packing.ts). */
export type Cell = string | number | undefined;

/** A message as it crosses RPC: one cell for each column, in the order of the columns. */
export type Row = readonly Cell[];

declare const cellType: unique symbol;

/** The index of a column in its row. It carries the type of the column's cells. */
type Column<Value extends Cell> = number & { readonly [cellType]?: Value };

type Sources<Message> = Readonly<Record<string, (message: Message) => Cell>>;

interface Columns<Message, Listed extends Sources<Message>> {
  readonly pack: (message: Message) => Row;
  /** The columns by name, for `cell`. */
  readonly at: { readonly [Name in keyof Listed]: Column<ReturnType<Listed[Name]>> };
}

/**
 * The columns of a message, from one list: each has a name, and a function that takes its cell out of the message. The
 * order of the list is the order in the row, so both directions follow from it.
 *
 * Two versions may talk to each other while a deployment spreads. So a new column goes to the end of its list, where
 * an older reader does not look, and the type of its cells includes `undefined`, which a newer reader gets from an
 * older row.
 */
export const columnsOf =
  <Message>() =>
  <Listed extends Sources<Message>>(list: Listed): Columns<Message, Listed> => {
    const sources = Object.values(list);
    const indexes = Object.keys(list).map((name, index) => [name, index]);
    return { pack: (message) => rowOf(sources, message), at: Object.fromEntries(indexes) };
  };

/** Pushed one by one: `map` makes an array that may have holes, and V8 serializes such an array on its slow path. */
const rowOf = <Message>(sources: readonly ((message: Message) => Cell)[], message: Message): Row => {
  const row: Cell[] = [];
  for (const source of sources) row.push(source(message));
  return row;
};

/** The cell of a column. */
export const cell = <Value extends Cell>(row: Row, column: Column<Value>): Value => row[column] as Value;
