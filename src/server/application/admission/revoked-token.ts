import { type Problem, problem } from '../../../protocol/problems.ts';

/** The refusal of a token that was issued before its subject's tokens were revoked [A13]. */
export const revokedToken = (): Problem => problem('unauthorized', 'The token was revoked: fetch a new one.');
