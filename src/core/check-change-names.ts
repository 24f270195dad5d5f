import { CHANGE_NAME, CHANGE_NAME_RULE } from '../protocol/change.ts';

/**
 * Checks that the changes of a kind can be pushed: the server refuses every push with another name.
 *
 * @throws TypeError with the first name that cannot, and the rule
 */
export const checkChangeNames = (kind: string, changes: object): void => {
  const wrong = hasLostProto(changes) ? '__proto__' : Object.keys(changes).find((each) => !CHANGE_NAME.test(each));
  if (wrong !== undefined) throw new TypeError(`${kind}: "${wrong}" can be no name of a change. ${CHANGE_NAME_RULE}`);
};

/** Whether `__proto__: change(...)` was written: JavaScript makes that the prototype, and no change of that name. */
const hasLostProto = (changes: object): boolean => Object.hasOwn(Object.getPrototypeOf(changes) ?? {}, 'check');
