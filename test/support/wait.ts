const STEP_MS = 25;

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks every 25 ms until the condition holds. Throws when it never does.
 *
 * @param limitMs at least this long; counted in steps, because some tests stop the clock
 */
export const until = async (holds: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<void> => {
  for (let waited = 0; waited < limitMs; waited += STEP_MS) {
    if (await holds()) return;
    await sleep(STEP_MS);
  }
  if (!(await holds())) throw new Error(`never came true: ${holds}`);
};
