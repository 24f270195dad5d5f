import type { Probe } from './probe.ts';

/** Tries a rule from outside; it throws a `Violation` where the server breaks it. */
export type Check = (probe: Probe) => Promise<void>;

/** Rules by their ids: each with its check, or with the reason why nobody can try it from outside. */
export type Rules = Readonly<Record<string, Check | string>>;
