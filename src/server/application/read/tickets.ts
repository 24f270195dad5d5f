import { problem } from '../../../protocol/problems.ts';
import type { Receipt, Ticket } from '../../../protocol/receipt.ts';
import type { Accepted, PushMessage, Settled, TicketAnswer } from '../../rpc/messages.ts';
import { findChange } from '../state/find-change.ts';
import { type LoadedState, positionOf, stateJson } from '../state/loaded-state.ts';
import type { Database } from '../storage/database.ts';
import { outcomeOf } from './outcome.ts';

/** The answer to a push that waited: its outcomes when all changes are applied or rejected, otherwise its receipts [Q11]. */
export const outcomesOrReceipts = (
  database: Database,
  loaded: LoadedState,
  message: Pick<PushMessage, 'returns'>,
  receipts: readonly Receipt[],
): Accepted | Settled => {
  const position = positionOf(loaded, Date.now());
  const tickets: Ticket[] = [];
  for (const receipt of receipts) {
    const outcome = outcomeOf(database, loaded, receipt.seq);
    if (outcome === undefined || outcome.status === 'queued') return { kind: 'accepted', receipts, position };
    tickets.push({ ...receipt, ...outcome });
  }
  return { kind: 'settled', tickets, position, ...(message.returns === 'state' ? { state: stateJson(loaded) } : {}) };
};

/** The ticket of a client's n [O1] [O2]. */
export const ticketOf = (database: Database, loaded: LoadedState, client: string, n: number): TicketAnswer => {
  const position = positionOf(loaded, Date.now());
  const found = findChange(database, loaded, client, n);
  if (found.kind === 'unknown') {
    return { kind: 'refused', position, problem: problem('unknown-ticket', 'This n has not been used.') };
  }
  const outcome = found.kind === 'found' ? outcomeOf(database, loaded, found.change.seq) : undefined;
  if (found.kind === 'expired' || outcome === undefined) {
    const kept = loaded.clientCounters.outcomeOf(client, n);
    if (kept !== undefined) return { kind: 'ticket', position, ticket: { client, n, seq: kept.seq, ...kept.outcome } };
    const reason = problem('outcome-expired', 'History no longer reaches back to this change.');
    return { kind: 'refused', position, problem: reason };
  }
  return { kind: 'ticket', position, ticket: { client, n, seq: found.change.seq, ...outcome } };
};
