import type { Claims, Definition } from '../core/definition.ts';
import { listedClaims } from '../core/listed-claims.ts';
import type { HttpClient } from './platform/http-client.ts';
import { subjectOf } from './platform/token-claims.ts';
import type { ChangeSender } from './state/optimistic-view.ts';

/** The sender as the token in use tells it, which is not verified here: the server may see another one. */
export const senderOf = ({ tokens: { claims }, isAdmin }: HttpClient, definition: Definition): ChangeSender => ({
  user: subjectOf(claims),
  role: isAdmin ? 'admin' : 'writer',
  claims: listedClaims(claims as Claims, definition),
});
