// What a Worker of one's own is made of.
export { document } from '../applications/document.ts';
export { changebucket } from './changebucket.ts';
export type { Environment } from './http/request/environment.ts';
