// Types that no value has. They stand where a type is not known, so that the compiler's error says what to write.

declare const explanation: unique symbol;

/** A type that nothing fits. Errors print it with its text. */
export interface Explained<Text extends string> {
  readonly [explanation]: Text;
}

/** The state of a reducer outside of a definition that nobody has annotated. Every state fits; it can do nothing. */
export type UnknownState =
  | NotInferred<'In a definition write changes: (change) => ({ ... }). Elsewhere annotate the state: (state: State, args) => ...'>
  | null
  | undefined;

/** Has no member that would tell it from another type. Errors print it with its text. */
interface NotInferred<_Text extends string> {
  toString(): string;
}

/**
 * The state as a reducer of `changes: (change) => ...` sees it: inferred from the schema or from `initial`. Where
 * `initial` has an empty object or array without a type, what may be in it is not known, and the error says so.
 */
export type InferredState<State> =
  true extends HasEmpty<State>
    ? true extends IsEmpty<State>
      ? NotInferred<'Give it a type: initial: { ... } as State, or a schema of the whole state: state: State'>
      : {
          [Key in keyof State]: true extends IsEmpty<State[Key]>
            ? NotInferred<'Give it a type: initial: { ... } as State, or a schema of the whole state: state: State'>
            : State[Key];
        }
    : State;

type HasEmpty<State> =
  | IsEmpty<State>
  | (State extends readonly unknown[] ? false : State extends object ? IsEmpty<State[keyof State]> : false);

type IsEmpty<Value> = 0 extends 1 & Value
  ? false // `any`
  : Value extends readonly (infer Element)[]
    ? IsNever<Element>
    : Value extends object
      ? IsNever<keyof Value>
      : false;

type IsNever<Type> = [Type] extends [never] ? true : false;
