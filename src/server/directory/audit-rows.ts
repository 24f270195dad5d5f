import type { AuditEntry, AuditedActor, AuditPage } from '../../protocol/operator-answers.ts';

interface EntryRow extends Record<string, SqlStorageValue> {
  readonly subject: string | null;
  readonly secret: string | null;
  readonly what: string;
  readonly target: string | null;
  readonly request: string;
}

/** A row of the table `acts`. */
export interface ActRow extends EntryRow {
  readonly id: number;
  readonly at: number;
  readonly outcome: number | null;
}

/** A row of the table `reads`. */
export interface ReadRow extends EntryRow {
  readonly id: number;
  readonly at: number;
  readonly until: number;
  readonly outcome: number;
  readonly count: number;
}

/** The columns `subject` and `secret`; both are null for an operator whom an owner is not told by name. */
export const actorColumns = (actor: AuditedActor): [subject: string | null, secret: string | null] => {
  if ('operator' in actor) return [null, null];
  return 'subject' in actor ? [actor.subject, null] : [null, actor.secret];
};

const actorOf = (subject: string | null, secret: string | null): AuditedActor => {
  if (secret !== null) return { secret };
  return subject === null ? { operator: true } : { subject };
};

/** What acts and reads have in common. */
export const entryOf = <What>({ subject, secret, what, target, request }: EntryRow): AuditEntry<What> => ({
  actor: actorOf(subject, secret),
  what: what as What,
  ...(target === null ? {} : { target }),
  request,
});

/** A page of at most `limit` entries. */
export const pageOf = <Entry extends { readonly id: number }>(
  entries: readonly Entry[],
  limit: number,
): AuditPage<Entry> => {
  const last = entries.at(-1);
  return entries.length === limit && last !== undefined ? { entries, next: last.id } : { entries };
};
