import type { Json } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import { etagOf, parseEtag, type Version } from '../../protocol/version.ts';
import {
  type HttpResponse,
  parsePosition,
  parseProblem,
  parseRetryAfter,
  type SeenPosition,
} from '../platform/http-client.ts';
import { tryParseJson } from '../platform/parse-json.ts';
import type { StateUpdate } from '../state/state-update.ts';

/** What one read of the state brought. */
export type PollResult =
  | { readonly kind: 'update'; readonly update: StateUpdate; readonly position: SeenPosition | undefined }
  | { readonly kind: 'unchanged'; readonly position: SeenPosition | undefined }
  | { readonly kind: 'failed'; readonly problem: ProblemBody; readonly retryAfterMs: number };

/** The headers of a poll [S2] [S3] [S5]. @param waitSeconds 0 for one that is answered at once */
export const pollHeaders = (known: Version | undefined, waitSeconds: number): Record<string, string> => {
  if (known === undefined) return {};
  const conditional = { 'If-None-Match': etagOf(known), 'A-IM': 'json-patch' };
  return waitSeconds === 0 ? conditional : { ...conditional, Prefer: `wait=${waitSeconds}` };
};

export const parsePollResponse = (answer: HttpResponse): PollResult => {
  const { status, headers, text } = answer;
  const position = parsePosition(headers);
  if (status === 304) return { kind: 'unchanged', position };
  const update = status === 200 || status === 226 ? parseUpdate(status, headers, text) : undefined;
  if (update !== undefined) return { kind: 'update', update, position };
  return { kind: 'failed', problem: parseProblem(answer), retryAfterMs: parseRetryAfter(headers) };
};

/** Undefined for what only looks like an answer: a page to sign in to the network comes as 200, too. */
const parseUpdate = (status: 200 | 226, headers: Headers, text: string): StateUpdate | undefined => {
  const here = parseVersion(headers, 'ETag');
  const body = here === undefined ? undefined : tryParseJson<Json>(text);
  if (here === undefined || body === undefined) return undefined;
  if (status === 200) return { kind: 'state', ...here, state: body };
  const base = parseVersion(headers, 'Delta-Base');
  if (base === undefined) return undefined;
  return {
    ...{ kind: 'patch', epoch: here.epoch, from: base.version, to: here.version },
    patch: body as unknown as readonly PatchOperation[],
  };
};

/** A proxy that compresses makes the tag weak; what it says of the version stays true. */
const parseVersion = (headers: Headers, name: string): Version | undefined =>
  parseEtag((headers.get(name) ?? '').replace('W/', ''));
