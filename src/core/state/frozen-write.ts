/** What V8, SpiderMonkey and JavaScriptCore say of a write to a frozen object. */
const FROZEN_WRITE =
  /^TypeError: .*(read.?only|not extensible|cannot delete property|non-configurable and can't be deleted|unable to delete property)/i;

const CURE =
  'What was assigned to the state is frozen: read it from the state again before you change it, as in ' +
  'state.items[id] ??= {}; state.items[id].count = 1.';

/** A sentence for the author of a reducer that has changed a value after assigning it; undefined for every other error. */
export const frozenWriteCure = (error: unknown): string | undefined => {
  try {
    return FROZEN_WRITE.test(String(error)) ? CURE : undefined;
  } catch {
    // Not everything that is thrown can be printed.
    return undefined;
  }
};
