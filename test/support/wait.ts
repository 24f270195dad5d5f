const STEP_MS = 25;

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** So many ms beyond its limit a wait ends, however long its condition takes to be asked: before the test's own limit, which names nothing. */
const GRACE_MS = 60_000;

/**
 * Asks every 25 ms until the condition holds. Throws when it never does, or when asking hangs.
 *
 * @param limitMs at least this long; counted in steps, because some tests stop the clock
 */
export const until = async (holds: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<void> => {
  let isOver = false;
  const ask = async (): Promise<void> => {
    for (let waited = 0; waited < limitMs && !isOver; waited += STEP_MS) {
      if (await holds()) return;
      await sleep(STEP_MS);
    }
    if (!(isOver || (await holds()))) throw new Error(`never came true: ${holds}`);
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not come true in time: ${holds}`)), limitMs + GRACE_MS);
  });
  await Promise.race([ask(), end]).finally(() => {
    isOver = true;
    clearTimeout(timer);
  });
};
