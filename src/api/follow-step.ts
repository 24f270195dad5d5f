import { namedProblem, ProblemError } from '../client/platform/problem-error.ts';
import type { Tokens } from '../client/platform/tokens.ts';
import type { ServerEvent } from '../client/transport/event-parser.ts';
import type { Json } from '../protocol/json.ts';
import type { PatchOperation } from '../protocol/patch.ts';
import { etagOf, parseEtag, type Version } from '../protocol/version.ts';

/**
 * One step of a state: the whole of it, a JSON Patch from the step before, or that there is nothing at the path.
 *
 * @typeParam State the type of the state, or of the part that is followed
 */
export type Step<State = Json> = Version & { readonly etag: string } & (
    | { readonly kind: 'state'; readonly state: State }
    | { readonly kind: 'patch'; readonly patch: readonly PatchOperation[] }
    | { readonly kind: 'gone' }
  );

/** Why a stream of events has ended. */
export type End = 'again' | 'held back';

/** Undefined for an event that is no step. */
export const stepOf = ({ type, id, data }: ServerEvent): Step | undefined => {
  const at = parseEtag(id);
  if (at === undefined) return undefined;
  const version = { ...at, etag: etagOf(at) };
  switch (type) {
    case 'state':
      return { ...version, kind: 'state', state: JSON.parse(data) as Json };
    case 'patch':
      return { ...version, kind: 'patch', patch: JSON.parse(data) as PatchOperation[] };
    case 'gone':
      return { ...version, kind: 'gone' };
    default:
      return undefined;
  }
};

/** @throws ProblemError for an end after which nothing comes */
export const endOf = ({ data }: ServerEvent, tokens: Tokens): End => {
  const { reason } = JSON.parse(data) as { reason: string };
  if (reason === 'deleted') throw new ProblemError(namedProblem('unknown-application', 404, 'It was deleted.'));
  if (reason === 'token' && !tokens.isRenewable)
    throw new ProblemError(namedProblem('unauthorized', 401, 'The token has expired: set a new one, and begin again.'));
  return 'again';
};
