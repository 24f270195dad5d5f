/** Any JSON value (RFC 8259). */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** A JSON object: every member is JSON. */
export interface JsonObject {
  [key: string]: Json;
}
