import type { AuditedAct, AuditedRead } from '../../../protocol/operator-answers.ts';
import type { ProblemName } from '../../../protocol/problems.ts';
import type { Handler } from '../request/context.ts';
import type { ParameterTable } from '../request/query.ts';
import type { HeaderName } from './answer-headers.ts';
import type { RequestHeader } from './parameters.ts';
import type { SchemaName } from './schemas.ts';

/**
 * Who may ask: a role in the application, `owner` for a grant to all applications of the owner, `anyone` with a valid
 * token for what is not about an application, `subject` for the subject in the path itself, `operator` for operators of the deployment alone, `public` without a token.
 */
export type Access = 'reader' | 'writer' | 'admin' | 'owner' | 'anyone' | 'subject' | 'operator' | 'public';

/** What an operator does by an operation: an act has a line of its own in the audit log, reads are counted [A11]. */
export type OperatorUse =
  | { readonly form: 'act'; readonly what: AuditedAct }
  | { readonly form: 'read'; readonly what: AuditedRead };

/** The schema of a body by its media type. */
export type Contents = Readonly<Record<string, SchemaName>>;

/** A successful answer. */
export interface Success {
  readonly description: string;
  readonly headers?: readonly HeaderName[];
  readonly content?: Contents;
}

/**
 * A method of a path: its handler, and everything that `/openapi.json` says of it. The worker tests compare each answer
 * with this description.
 */
export interface Operation {
  readonly handle: Handler;
  /** The name of the method in generated clients: unique, camel case. */
  readonly operationId: string;
  readonly summary: string;
  readonly access: Access;
  /** What an operator does by it, over all owners and without a role [A10]. Without it an operator needs a role, too. */
  readonly operatorUse?: OperatorUse;
  /** The act that it is in the audit log of the owner in the path, whoever does it [A11]. */
  readonly ownersAct?: AuditedAct;
  /** Whether it may be asked without a token, where the application is public [A15]. */
  readonly strangers?: 'allowed';
  /** The table that the handler reads the query with. Without it, any query is refused [J10]. */
  readonly query?: ParameterTable;
  readonly headers?: readonly RequestHeader[];
  readonly body?: Contents;
  /** By status. */
  readonly answers: Readonly<Record<number, Success>>;
  /** What this operation can answer beyond the problems that its access brings: see `problem-answers.ts`. */
  readonly problems: readonly ProblemName[];
  /** Headers that answers with a problem may have, besides those that all of them may have. */
  readonly problemHeaders?: readonly HeaderName[];
}

/** The methods that routes may have. */
export type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

/** A path, with parameters as `:name`, and its operations. */
export type Route = readonly [path: string, operations: Readonly<Partial<Record<Method, Operation>>>];
