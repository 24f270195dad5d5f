/** The part of Node's types that is used here. All of them would hide that Workers are not Node. */
declare module 'node:zlib' {
  interface Options {
    readonly level?: number;
    readonly chunkSize?: number;
  }
  export const deflateRawSync: (text: string, options: Options) => Uint8Array;
  export const inflateRawSync: (bytes: Uint8Array, options: Options) => Uint8Array;
}

/** The same; `src/server/workerd.ts` says why it is named so. */
declare module 'zlib' {}
