declare const brand: unique symbol;

/** A type that plain values do not have until a parser has given it to them. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
