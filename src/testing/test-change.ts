import type { MayBeOmitted } from '../core/change-of.ts';
import type { ArgsOf, Claims, Definition } from '../core/definition.ts';

/** Who pushes a change, and when. */
export interface Sender {
  /** The `user` that the reducer gets: the subject of the token. Default: that of the whole call. */
  readonly user?: string | undefined;
  /** The `client` that the reducer gets: the id of the client that pushes. Default: that of the whole call. */
  readonly client?: string | undefined;
  /** The `role` that the reducer gets. Default: that of the whole call, or else `writer`. */
  readonly role?: 'writer' | 'admin' | undefined;
  /** The claims of the sender's token: the reducer gets those that the definition lists. Default: those of the whole call. */
  readonly claims?: Claims | undefined;
  /** The `now` that the reducer gets, in ms since 1970. Default: that of the change before; it never goes back. */
  readonly now?: number | undefined;
}

/** One change of a definition, with its args. Args that may be `{}` may be left out. */
type NamedChange<Name, Args> = { readonly name: Name } & (MayBeOmitted<Args> extends true
  ? { readonly args?: Args | undefined }
  : { readonly args: Args });

/** A change to run or to push in a test: `{ name: 'add', args: { id: 'milk' } }`, and optionally who sends it and when. */
export type TestChange<Kind extends Definition> = string extends keyof Kind['changes']
  ? AnyChange
  : Sender &
      {
        [Name in keyof Kind['changes'] & string]: NamedChange<Name, ArgsOf<Kind['changes'][Name]>>;
      }[keyof Kind['changes'] & string];

/** A change without the types of its definition. */
export interface AnyChange extends Sender {
  readonly name: string;
  readonly args?: unknown;
}
