// Time limits of tests tell one that hangs from a machine that is slow. How long something takes is measured by
// benchmarks and never asserted.

/** A test, or one run of a property that takes long. */
export const PATIENCE_MS = 120_000;
/** For `vi.waitFor` and `expect.poll`, which give up after a second by default. */
export const PATIENT = { timeout: 30_000 };
/** All runs of such a property together: each has the patience above. */
export const RUNS_MS = 900_000;
