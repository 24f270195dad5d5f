declare const brand: unique symbol;

/** A nominal type: a plain value gets it only from a parser that has checked it. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
