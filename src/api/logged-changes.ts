import type { ArgsOf, Definition, ReasonOf } from '../core/definition.ts';
import type { LogEntry, LogPage, Rejection, RejectionList } from '../protocol/answers.ts';
import type { Json } from '../protocol/json.ts';

/** Name and args of a change as it was pushed: one of the definition's, or any where no definition is given. */
type NamedChange<Kind extends Definition> = string extends keyof Kind['changes']
  ? { readonly name: string; readonly args: Json }
  : {
      readonly [Name in keyof Kind['changes'] & string]: {
        readonly name: Name;
        readonly args: ArgsOf<Kind['changes'][Name]>;
      };
    }[keyof Kind['changes'] & string];

/** A step of the log that nobody has pushed: a migration [L5], or a restore, whose args tell what was restored [L12]. */
interface OwnStep {
  readonly name: '$migrate' | '$restore';
  readonly args: Json | undefined;
}

/**
 * One change in the log, typed by its name: `entry.name === 'add'` gives `entry.args` its type. Beside the definition's
 * changes there are `$migrate` and `$restore`.
 *
 * The types are those of the given definition, and so is `problem.reason`. The log keeps what was pushed: a change with
 * `outcome` `rejected` may have other args, or a name that is none, and one of another version of the definition may, too.
 */
export type LogEntryOf<Kind extends Definition> = Omit<LogEntry<ReasonOf<Kind>>, 'name' | 'args'> &
  (NamedChange<Kind> | OwnStep);

/** A page of the log, oldest change first [L7]. */
export interface LogPageOf<Kind extends Definition> extends Omit<LogPage, 'entries'> {
  readonly entries: readonly LogEntryOf<Kind>[];
}

/**
 * A rejected change, typed by its name, or an atomic batch that was rejected, with its `changes`. What was rejected for its
 * name or its args has others than the types say, and what another version of the definition has rejected may have another
 * reason.
 */
export type RejectionOf<Kind extends Definition> = Omit<Rejection<ReasonOf<Kind>>, 'name' | 'args' | 'changes'> &
  (
    | (NamedChange<Kind> & { readonly changes?: never })
    | {
        readonly name?: never;
        readonly args?: never;
        readonly changes: readonly ({ readonly seq: number; readonly n: number } & NamedChange<Kind>)[];
      }
  );

/** The rejected changes of an application, oldest first [O3]. */
export interface RejectionListOf<Kind extends Definition> extends Omit<RejectionList, 'rejections'> {
  readonly rejections: readonly RejectionOf<Kind>[];
}
