/** The part of Node's types that is used here. All of them would hide that Workers are not Node. */
declare module 'node:crypto' {
  /** A hash of texts (as UTF-8) and bytes that come one after the other. */
  interface Hash {
    update(data: string | Uint8Array): Hash;
    digest(encoding: 'hex'): string;
  }
  export const createHash: (algorithm: 'sha256') => Hash;
}
