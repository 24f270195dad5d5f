import { CHANGE_NAME, CHANGE_NAME_RULE } from '../protocol/change.ts';
import { ID_PATTERN, isId } from '../protocol/ids.ts';

/**
 * Checks that what a definition names can be pushed: the server refuses every push with another kind or name.
 *
 * @throws TypeError with the first name that cannot, and the rule
 */
export const checkNames = (kind: string, changes: object): void => {
  if (typeof kind !== 'string' || !isId(kind))
    throw new TypeError(`"${kind}" can be no name of a kind. It must match ${ID_PATTERN}`);
  const wrong = hasLostProto(changes) ? '__proto__' : Object.keys(changes).find((each) => !CHANGE_NAME.test(each));
  if (wrong !== undefined) throw new TypeError(`${kind}: "${wrong}" can be no name of a change. ${CHANGE_NAME_RULE}`);
};

/** Whether `__proto__: change(...)` was written: JavaScript makes that the prototype, and no change of that name. */
const hasLostProto = (changes: object): boolean => Object.hasOwn(Object.getPrototypeOf(changes) ?? {}, 'check');
