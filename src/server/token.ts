// The entry `changebucket/token`: tokens for a login that does not run on workerd, such as one in Node.
export { type MintOptions, mintToken, type TokenOptions } from './access/mint-token.ts';
export type { Role } from './access/principal.ts';
