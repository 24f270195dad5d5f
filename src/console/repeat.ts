/** One turn of a loop; tells in how many milliseconds the next is due. */
export type Turn = () => Promise<number>;

/** The turn has nothing to do until somebody wakes the loop. */
export const NEVER = Number.POSITIVE_INFINITY;

/**
 * The article's `setTimeout` tail recursion: a turn is planned when the one before has ended, so two are never under way.
 *
 * @returns takes the next turn now, or right after the one that is under way
 */
export const repeat = (turn: Turn): (() => void) => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let progress: 'idle' | 'running' | 'woken' = 'idle';
  const run = async (): Promise<void> => {
    progress = 'running';
    const waitMs = await turn();
    const isWoken = (progress as string) === 'woken';
    progress = 'idle';
    if (isWoken || waitMs !== NEVER) timer = setTimeout(run, isWoken ? 0 : waitMs);
  };
  const wake = (): void => {
    clearTimeout(timer);
    if (progress === 'idle') void run();
    else progress = 'woken';
  };
  wake();
  return wake;
};
