import type { Json } from '../protocol/json.ts';
import type { ArgsOf, Definition } from './definition.ts';

/** A change to push: one of the definition's, with its args, or any where no definition is given. */
export type ChangeOf<Kind extends Definition> = string extends keyof Kind['changes']
  ? { readonly name: string; readonly args?: Json }
  : {
      readonly [Name in keyof Kind['changes'] & string]: object extends ArgsOf<Kind['changes'][Name]>
        ? { readonly name: Name; readonly args?: ArgsOf<Kind['changes'][Name]> }
        : { readonly name: Name; readonly args: ArgsOf<Kind['changes'][Name]> };
    }[keyof Kind['changes'] & string];
