import type { Json } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import { etagOf, parseEtag, type Version } from '../../protocol/version.ts';
import {
  type HttpResponse,
  parsePosition,
  parseProblem,
  parseRetryAfter,
  type ReportedPosition,
} from '../platform/http-client.ts';
import { tryParseJson } from '../platform/parse-json.ts';
import type { StateUpdate } from '../state/state-update.ts';

/** The result of one poll. */
export type PollResult =
  | { readonly kind: 'update'; readonly update: StateUpdate; readonly position: ReportedPosition | undefined }
  | { readonly kind: 'unchanged'; readonly position: ReportedPosition | undefined }
  | { readonly kind: 'failed'; readonly problem: ProblemBody; readonly retryAfterMs: number };

/** The headers of a poll [S2] [S3] [S5]. @param waitSeconds 0 for one that is answered at once */
export const pollHeaders = (known: Version | undefined, waitSeconds: number): Record<string, string> => {
  if (known === undefined) return {};
  const conditional = { 'If-None-Match': etagOf(known), 'A-IM': 'json-patch' };
  return waitSeconds === 0 ? conditional : { ...conditional, Prefer: `wait=${waitSeconds}` };
};

/** Interprets the answer to a poll. */
export const parsePollResponse = (answer: HttpResponse): PollResult => {
  const { status, headers, text } = answer;
  const position = parsePosition(headers);
  if (status === 304) return { kind: 'unchanged', position };
  const update = status === 200 || status === 226 ? parseUpdate(status, headers, text) : undefined;
  if (update !== undefined) return { kind: 'update', update, position };
  return { kind: 'failed', problem: parseProblem(answer), retryAfterMs: parseRetryAfter(headers) };
};

/** Undefined for an answer that is not from Changebucket: the sign-in page of a network comes with status 200, too. */
const parseUpdate = (status: 200 | 226, headers: Headers, text: string): StateUpdate | undefined => {
  const version = parseVersion(headers, 'ETag');
  const body = version === undefined ? undefined : tryParseJson<Json>(text);
  if (version === undefined || body === undefined) return undefined;
  if (status === 200) return { kind: 'state', ...version, state: body };
  const base = parseVersion(headers, 'Delta-Base');
  if (base === undefined) return undefined;
  return {
    kind: 'patch',
    epoch: version.epoch,
    from: base.version,
    to: version.version,
    patch: body as unknown as readonly PatchOperation[],
  };
};

/** Ignores the `W/` of a weak tag: a proxy that compresses adds it, and the version stays the same. */
const parseVersion = (headers: Headers, name: string): Version | undefined =>
  parseEtag((headers.get(name) ?? '').replace('W/', ''));
