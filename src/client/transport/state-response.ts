import type { Json } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import type { Position } from '../../protocol/position.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import { etagOf, type Version } from '../../protocol/version.ts';
import { type HttpResponse, parseProblem } from '../platform/http-client.ts';
import { NOTHING } from '../platform/nothing.ts';
import { tryParseJson } from '../platform/parse-json.ts';
import { parsePosition } from '../platform/parse-position.ts';
import { nameOf } from '../platform/problem-error.ts';
import type { StateUpdate, UpdateResult } from '../state/state-update.ts';
import type { TransportListener } from './transport-events.ts';

/** The result of one poll. */
export type PollResult =
  | { readonly kind: 'update'; readonly update: StateUpdate; readonly position: Position | undefined }
  | { readonly kind: 'unchanged'; readonly known: Version | undefined; readonly position: Position | undefined }
  | { readonly kind: 'failed'; readonly problem: ProblemBody; readonly retryAfterMs: number };

/** Tells the listener what has come. @returns its effect */
export const takeResult = (
  listener: TransportListener,
  result: Exclude<PollResult, { readonly kind: 'failed' }>,
): UpdateResult['kind'] => {
  if (result.kind === 'update') return listener.onUpdate(result.update);
  listener.onUnchanged(result.known);
  return 'stale';
};

/** The headers of a poll [S2] [S3] [S5]. @param prefer its preferences: '' for a poll that is answered at once */
export const pollHeaders = (known: Version | undefined, prefer = ''): Record<string, string> => ({
  ...(known && { 'If-None-Match': etagOf(known), 'A-IM': 'json-patch' }),
  ...(prefer && { Prefer: prefer }),
});

/**
 * Interprets the answer to a poll. Its version is in the position: proxies that compress make etags weak, add to them or
 * drop them.
 *
 * @param known the version that the poll has named: a patch starts from it [S3]
 * @param part the JSON Pointer of the part that was read
 */
export const parsePollResponse = (answer: HttpResponse, known: Version | undefined, part = ''): PollResult => {
  const { status, headers, text, retryAfterMs } = answer;
  const position = parsePosition(headers);
  if (part && position) {
    const update = partUpdate(answer, known, position);
    if (update !== undefined) return { kind: 'update', position, update };
  }
  if (status === 304) return { kind: 'unchanged', known, position };
  const body = position && [200, 226].includes(status) ? tryParseJson<Json>(text) : undefined;
  // The sign-in page of a network comes with status 200, too.
  if (position === undefined || body === undefined) {
    return { kind: 'failed', problem: parseProblem(answer), retryAfterMs };
  }
  const { epoch, version } = position;
  if (status === 200) return { kind: 'update', position, update: { kind: 'state', epoch, version, state: body } };
  const patch = body as unknown as readonly PatchOperation[];
  // Without a known version, from -1: a patch that nobody has asked for is a gap.
  return { kind: 'update', position, update: { kind: 'patch', epoch, from: known?.version ?? -1, to: version, patch } };
};

/** Of a part: there is nothing at the path, or only other parts have changed [S9]. Undefined for all else. */
const partUpdate = (
  answer: HttpResponse,
  known: Version | undefined,
  { epoch, version }: Version,
): StateUpdate | undefined => {
  if (answer.status === 404 && nameOf(parseProblem(answer)) === 'unknown-path')
    return { kind: 'state', epoch, version, state: NOTHING };
  if (answer.status !== 304 || known?.epoch !== epoch || known.version >= version) return undefined;
  return { kind: 'patch', epoch, from: known.version, to: version, patch: [] };
};
