// The exports for a Worker with definitions of its own.
export { document } from '../applications/document.ts';
export { changebucket } from './changebucket.ts';
export type { Environment } from './http/request/environment.ts';
