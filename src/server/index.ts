// The exports for a Worker with definitions of its own.

export { document } from '../applications/document.ts';
export type { ChangeOf } from '../core/change-of.ts';
export { type MintOptions, mintToken, type TokenOptions } from './access/mint-token.ts';
export type { Role } from './access/principal.ts';
export { bucket } from './bucket/bucket.ts';
export type {
  Actor,
  Bucket,
  BucketPushOptions,
  BucketReadOptions,
  CreatedApplication,
  PushedChange,
  StateRead,
} from './bucket/bucket-api.ts';
export { changebucket } from './changebucket.ts';
export type { Environment } from './http/request/environment.ts';
