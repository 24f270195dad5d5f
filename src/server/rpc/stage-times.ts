/** The stages of an answer; `object` is all of a push. A poll that finds nothing new has `read` alone. */
export type Stage = 'object' | 'accept' | 'commit' | 'read' | 'wait' | 'drain';

/** How long stages took, in ms. A stage that has not happened is missing. */
export type StageTimes = Readonly<Partial<Record<Stage, number>>>;

/** As `Server-Timing` prints them [G3]. A host's clock may go back: no stage takes less than nothing. */
export const printStages = (times: StageTimes): string =>
  Object.entries(times)
    .map(([stage, ms]) => `${stage};dur=${Math.max(0, ms)}`)
    .join(', ');
