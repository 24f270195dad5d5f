import type { ClientCounter } from '../../../core/drain/sequence.ts';
import { ANONYMOUS_CLIENT } from '../../../protocol/ids.ts';
import { CLIENTS_MAX } from '../../../protocol/limits.ts';
import type { SentBy } from '../storage/stored-change.ts';

/**
 * Records a client's last change, or the only change of an idempotency key. Beyond CLIENTS_MAX the client that sent
 * nothing for longest is forgotten [Q16]. A retry moves no counter [O4].
 */
export const recordClient = (
  { clientCounters }: { readonly clientCounters: Map<string, ClientCounter> },
  { client, n, seq, user, key, retries }: SentBy,
): void => {
  const name = key === undefined ? client : keyCounterName(key);
  if (name === ANONYMOUS_CLIENT || retries !== undefined) return;
  clientCounters.delete(name);
  clientCounters.set(name, { n, seq, user });
  const [oldest] = clientCounters.size > CLIENTS_MAX ? clientCounters.keys() : [];
  if (oldest !== undefined) clientCounters.delete(oldest);
};

/** Name of an idempotency key's counter: no client can have it. */
export const keyCounterName = (key: string): string => `~${key}`;
