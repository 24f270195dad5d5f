import * as v from 'valibot';

export const COLUMNS = ['todo', 'doing', 'done'] as const;
export type Column = (typeof COLUMNS)[number];

/** The most cards that may be in progress at the same time. */
export const DOING_MAX = 3;

export const ColumnName = v.picklist(COLUMNS);
export const Id = v.pipe(v.string(), v.regex(/^[\w-]{1,40}$/));
export const Title = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(120));
export const Index = v.pipe(v.number(), v.integer(), v.minValue(0));

export const Card = v.strictObject({
  title: Title,
  /** The user who added it. */
  by: v.string(),
  /** The time it was added, in ms since 1970. */
  added: v.number(),
});
export type Card = v.InferOutput<typeof Card>;

export const Board = v.strictObject({
  cards: v.record(Id, Card),
  /** The ids of each column's cards, from top to bottom. */
  columns: v.strictObject({ todo: v.array(Id), doing: v.array(Id), done: v.array(Id) }),
});
export type Board = v.InferOutput<typeof Board>;

/** Where a card is, and how far from the top. */
export interface Place {
  readonly column: Column;
  readonly index: number;
}

/** @returns undefined when the card is not on the board */
export const placeOf = (state: Board, id: string): Place | undefined => {
  const column = COLUMNS.find((each) => state.columns[each].includes(id));
  return column && { column, index: state.columns[column].indexOf(id) };
};
