/** The name of the one object of the class `Directory` that lists the owners. No encoded owner has a colon [I4]. */
export const REGISTRY_NAME = ':registry';

import type { Numbers } from './numbers.ts';

/** What an owner's directory tells the registry. */
export interface OwnerReport {
  readonly owner: string;
  /** Number of the owner's applications; with 0 the owner is taken off the list. */
  readonly applications: number;
  /** The time the last change to any of them was accepted, ms since 1970, as far as it was told; null before the first. */
  readonly lastChangeAt: number | null;
  /** The time of this report, ms since 1970. An older report than the known one is ignored. */
  readonly at: number;
  /** The sum over the owner's applications [G1]. */
  readonly numbers?: Numbers;
}

/** An owner with at least one application. */
export type RegisteredOwner = Omit<OwnerReport, 'numbers'>;

/** What the registry knows of the numbers of all owners [G1]. */
export interface RegistryNumbers {
  /** The sum over all owners, also those that have no applications any more. */
  readonly total: Numbers;
  /** Owners that have numbers of their own: those that were registered first. */
  readonly owners: readonly { readonly owner: string; readonly numbers: Numbers }[];
  /** The sum over the others. */
  readonly others: Numbers;
}

/** The methods of the registry: the list of all owners. It never calls an application or a directory. */
export interface RegistryApi {
  /** @returns the pause until the owner's next report, ms */
  report(report: OwnerReport): number;
  /** Up to `limit` owners that come after `after`, in the order of their UTF-8 bytes; '' begins. */
  owners(after: string, limit: number): RegisteredOwner[];
  numbers(): RegistryNumbers;
}
