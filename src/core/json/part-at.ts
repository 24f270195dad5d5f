/**
 * The type of what stands at a JSON Pointer (RFC 6901) in a value of a type; `undefined` is in it, as nothing may stand
 * there. `unknown` for a pointer that is only known when the program runs, and for one with an escape (`~0`, `~1`).
 */
export type PartAt<State, Path extends string> = string extends Path
  ? unknown
  : Path extends ''
    ? State
    : Path extends `${string}~${string}`
      ? unknown
      : Path extends `/${infer Key}/${infer Rest}`
        ? PartAt<MemberAt<State, Key>, `/${Rest}`> | undefined
        : Path extends `/${infer Key}`
          ? MemberAt<State, Key> | undefined
          : undefined;

type MemberAt<Value, Key extends string> = Value extends readonly (infer Element)[]
  ? Element
  : Value extends object
    ? Key extends keyof Value
      ? Value[Key]
      : string extends keyof Value
        ? Value[keyof Value & string]
        : undefined
    : undefined;
