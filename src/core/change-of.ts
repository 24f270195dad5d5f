import type { Json } from '../protocol/json.ts';
import type { ArgsOf, Definition } from './definition.ts';

/** Whether args may be left out: `{}` is among them. An empty object of zod is a record of `never`, which `object` is not. */
export type MayBeOmitted<Args> = object extends Args ? true : [Args] extends [Record<string, never>] ? true : false;

/** A change to push: one of the definition's, with its args, or any where no definition is given. */
export type ChangeOf<Kind extends Definition> = string extends keyof Kind['changes']
  ? { readonly name: string; readonly args?: Json }
  : {
      readonly [Name in keyof Kind['changes'] & string]: MayBeOmitted<ArgsOf<Kind['changes'][Name]>> extends true
        ? { readonly name: Name; readonly args?: ArgsOf<Kind['changes'][Name]> }
        : { readonly name: Name; readonly args: ArgsOf<Kind['changes'][Name]> };
    }[keyof Kind['changes'] & string];
