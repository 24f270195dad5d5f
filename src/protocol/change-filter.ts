import type { RejectionCause } from './rejection-cause.ts';

/** Which changes to list: those that have every member that is given [L15]. */
export interface ChangeFilter {
  /** The subject that pushed it. */
  readonly user?: string;
  readonly client?: string;
  /** Of the change; of an atomic batch in the list of rejections, of its first change. */
  readonly name?: string;
  /** The earliest time, ms since 1970: of acceptance in the log, of rejection in the list of rejections. */
  readonly since?: number;
  /** The latest time, ms since 1970. */
  readonly until?: number;
}

/** A filter of the log. */
export interface LogFilter extends ChangeFilter {
  readonly outcome?: 'applied' | 'rejected' | 'dead';
}

/** A filter of the list of rejections, and where its page begins. */
export interface RejectionFilter extends ChangeFilter {
  readonly cause?: RejectionCause;
  /** Only rejections with a higher seq; default 0. */
  readonly after?: number;
  /** Rejections of a page; default as many as fit. */
  readonly limit?: number;
}

/** Whether a change is one of those that are asked for. @param at the time that the filter means, ms since 1970 */
export const matchesFilter = (
  { user, client, name, since = 0, until = Number.POSITIVE_INFINITY }: ChangeFilter,
  change: { readonly user: string; readonly client: string; readonly name: string },
  at: number,
): boolean =>
  (user === undefined || user === change.user) &&
  (client === undefined || client === change.client) &&
  (name === undefined || name === change.name) &&
  at >= since &&
  at <= until;
