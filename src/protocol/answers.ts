import type { Json } from './json.ts';
import type { ProblemBody } from './problems.ts';
import type { RejectionCause } from './rejection-cause.ts';

// The bodies of the answers about applications that are read as a whole. Times are ms since 1970.

/** One line of an owner's list [L4]. */
export interface Summary {
  readonly app: string;
  readonly kind: string;
  readonly version: number;
  readonly epoch: string;
  /** Missing where an older deployment answers. */
  readonly createdAt?: number | null;
  /** The time the last change was accepted; null before the first. */
  readonly lastChangeAt: number | null;
}

/** A line of the list as a directory has it: the name alone where an older deployment has listed it. */
export type ListedApplication = Summary | { readonly app: string };

/** A page of an owner's applications, by name [L4]. */
export interface ListPage {
  readonly applications: readonly ListedApplication[];
  /** The `after` of the next page; missing on the last one. */
  readonly next?: string;
}

/** A deleted application that can be undeleted [L16]. */
export interface DeletedApplication {
  readonly app: string;
  readonly kind: string;
  /** The epoch that it had: it tells two of the same name apart. */
  readonly epoch: string;
  /** ms since 1970. */
  readonly deletedAt: number;
  /** When it ends for good, ms since 1970. */
  readonly until: number;
  /** What it takes on disk. */
  readonly bytes: number;
}

/** An owner's deleted applications, by name and epoch [L18]. */
export interface DeletedList {
  readonly applications: readonly DeletedApplication[];
}

/** One change in the log [L7]. */
export interface LogEntry<Reason extends string = string> {
  readonly seq: number;
  readonly client: string;
  readonly n: number;
  readonly user: string;
  readonly name: string;
  readonly args: unknown;
  readonly acceptedAt: number;
  readonly appliedAt: number;
  readonly outcome: 'applied' | 'rejected' | 'dead';
  readonly problem?: ProblemBody<Reason>;
  /** The seq of the rejected change that this one retried. */
  readonly retries?: number;
  /** Of a migration: the first version of the state that has the new shape. It may be below `seq` [L5]. */
  readonly version?: number;
}

/** A page of the log, oldest change first [L7]. */
export interface LogPage {
  readonly entries: readonly LogEntry[];
  /** Changes up to this seq are no longer in the log. */
  readonly floor: number;
  /** The `after` of the next page; missing on the last one. */
  readonly next?: number;
}

/** A rejected change, or an atomic batch that was rejected [O3] [O4]. */
export interface Rejection<Reason extends string = string> {
  readonly seq: number;
  readonly client: string;
  readonly n: number;
  readonly user: string;
  /** Of a change; a batch has `changes`. */
  readonly name?: string;
  readonly args?: Json;
  readonly changes?: readonly {
    readonly seq: number;
    readonly n: number;
    readonly name: string;
    readonly args: Json;
  }[];
  readonly acceptedAt: number;
  readonly rejectedAt: number;
  readonly problem: ProblemBody<Reason>;
  /** Whether a rule meant it, or code has failed [O6]; missing where an older server answers. */
  readonly cause?: RejectionCause;
  readonly status: 'rejected' | 'dead' | 'retrying';
  /** The seq of the retry that is under way. */
  readonly retry?: number;
}

/** The rejected changes of an application, oldest first [O3]. */
export interface RejectionList {
  readonly rejections: readonly Rejection[];
  /** True where there are more than fit. */
  readonly more: boolean;
  /** `after` of the next page, where there is one. */
  readonly next?: number;
}

/** What a limit of a budget is, and how much of it is used. `limit` is null where there is none. */
interface BudgetUse {
  readonly limit: number | null;
  readonly used: number;
}

/** All about one application: the answer to `GET …`. */
export interface ApplicationInfo {
  readonly owner: string;
  readonly app: string;
  readonly kind: string;
  readonly epoch: string;
  /** The seq of the last change in the state. */
  readonly version: number;
  /** The seq of the last accepted change. */
  readonly head: number;
  readonly etag: string;
  /** The version of the definition that the state has, and that of the deployment; null where it lacks the kind. */
  readonly definition: { readonly state: number; readonly deployed: number | null };
  readonly createdAt: number;
  /** The subject that has created it. */
  readonly createdBy: string | null;
  readonly lastChangeAt: number | null;
  /** Accepted changes that wait; `lag` is how many ms the oldest has waited. */
  readonly queue: { readonly changes: number; readonly bytes: number; readonly lag: number };
  /** Bytes. */
  readonly sizes: { readonly state: number; readonly log: number; readonly database: number };
  readonly history: { readonly oldest: number };
  /** How many clients are remembered [Q16]. */
  readonly clients: number;
  readonly rejections: { readonly listed: number; readonly failures?: number; readonly forgotten: number };
  /** Why queued changes wait for another deployment [L5]; null when they do not. */
  readonly held: string | null;
  /** Whether everybody may read the state without a token [A15]. */
  readonly public: boolean;
  /** The cost since the application was created [C1]. */
  readonly cost: {
    readonly since: number;
    readonly requests: number;
    readonly messages: number;
    readonly alarms: number;
    readonly rowsRead: number;
    readonly rowsWritten: number;
    readonly awakeMs: number;
    readonly storedBytes: number;
    readonly dollars: number;
    readonly dollarsPerMonthStored: number;
    readonly prices: { readonly name: string; readonly date: string };
  };
  /** The operator's budget for it [C3]. */
  readonly budget: { readonly rowsToday: BudgetUse; readonly changesThisMinute: BudgetUse };
}
