import type { Json } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import { etagOf, parseEtag, type Version } from '../../protocol/version.ts';
import { type Answer, positionIn, problemIn, retryAfterMs, type SeenPosition } from '../platform/http-client.ts';
import { parsed } from '../platform/parse-json.ts';
import type { Sighting } from '../state/state-update.ts';

/** What one read of the state brought. */
export type Reading =
  | { readonly kind: 'sighting'; readonly sighting: Sighting; readonly position: SeenPosition | undefined }
  | { readonly kind: 'unchanged'; readonly position: SeenPosition | undefined }
  | { readonly kind: 'failed'; readonly problem: ProblemBody | undefined; readonly retryAfterMs: number };

/** The headers of a poll [S2] [S3] [S5]. @param waitSeconds 0 for one that is answered at once */
export const readHeaders = (known: Version | undefined, waitSeconds: number): Record<string, string> => {
  if (known === undefined) return {};
  const conditional = { 'If-None-Match': etagOf(known), 'A-IM': 'json-patch' };
  return waitSeconds === 0 ? conditional : { ...conditional, Prefer: `wait=${waitSeconds}` };
};

export const readingOf = (answer: Answer): Reading => {
  if (answer.kind === 'none') return { kind: 'failed', problem: undefined, retryAfterMs: 0 };
  const { status, headers, text } = answer;
  const position = positionIn(headers);
  if (status === 304) return { kind: 'unchanged', position };
  const sighting = status === 200 || status === 226 ? sightingIn(status, headers, text) : undefined;
  if (sighting !== undefined) return { kind: 'sighting', sighting, position };
  return { kind: 'failed', problem: problemIn(status, text), retryAfterMs: retryAfterMs(headers) };
};

/** Undefined for what only looks like an answer: a page to sign in to the network comes as 200, too. */
const sightingIn = (status: 200 | 226, headers: Headers, text: string): Sighting | undefined => {
  const here = versionIn(headers, 'ETag');
  const body = here === undefined ? undefined : parsed<Json>(text);
  if (here === undefined || body === undefined) return undefined;
  if (status === 200) return { kind: 'state', ...here, state: body };
  const base = versionIn(headers, 'Delta-Base');
  if (base === undefined) return undefined;
  return {
    ...{ kind: 'patch', epoch: here.epoch, from: base.version, to: here.version },
    patch: body as unknown as readonly PatchOperation[],
  };
};

/** A proxy that compresses makes the tag weak; what it says of the version stays true. */
const versionIn = (headers: Headers, name: string): Version | undefined =>
  parseEtag((headers.get(name) ?? '').replace('W/', ''));
