import type { AcceptedLine, DrainLine, HeaderV2 } from './format.ts';

/** Checks that the log of a backup has no gap: every change after its beginning, and every slice up to its version. */
export class LogCheck {
  readonly #header: HeaderV2;
  #accepted: number;
  #drained: number | undefined;
  #begins: number | undefined;

  constructor(header: HeaderV2) {
    this.#header = header;
    this.#accepted = header.logAfter;
  }

  /** Reason why the header contradicts itself; undefined when it does not. */
  get headerIssue(): string | undefined {
    const { version, head, logAfter, base, migrations = [] } = this.#header;
    if (version > head) return 'The version is beyond the head.';
    if (base.version > version || base.head > head || base.version > base.head)
      return 'The checkpoint is beyond the end.';
    if (migrations.some((each) => each.version > Math.min(each.seq, version) || each.seq > head))
      return 'A migration is beyond the end.';
    return logAfter > version ? 'The log begins after the version.' : undefined;
  }

  /** Takes a row of accepted changes. @returns the reason why it does not fit; undefined when it does */
  accepted({ first, last, senders, bodies }: AcceptedLine['accepted']): string | undefined {
    if (first !== this.#accepted + 1) return `The next change has the seq ${this.#accepted + 1}.`;
    if (last > this.#header.head) return 'The change is beyond the head.';
    if (last !== first + bodies.length - 1) return 'The row does not have as many changes as seqs.';
    if (bodies[0]?.name === undefined) return 'The first change of a row has a name.';
    if (bodies.some(({ batch = first }) => batch > last)) return 'A batch begins after its changes.';
    this.#accepted = last;
    return sendersIssue(first, bodies.length, senders);
  }

  /** Takes a slice of a drain. @returns the reason why it does not fit; undefined when it does */
  drain({ version, base, counts, patch, problems }: DrainLine['drain']): string | undefined {
    this.#begins ??= base;
    if (base !== (this.#drained ?? base)) return `The next slice begins at version ${this.#drained}.`;
    if (version <= base || counts.length !== version - base) return 'The slice does not count its changes.';
    if (version > this.#header.version) return 'The slice is beyond the version.';
    if (base < this.#header.base.version && version > this.#header.base.version)
      return 'The slice does not end at the checkpoint.';
    if (patch === null && version > this.#header.base.version) return 'A slice after the checkpoint has a patch.';
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (patch !== null && total !== patch.length) return 'The slice does not count its operations.';
    if (Object.keys(problems).some((seq) => Number(seq) <= base || Number(seq) > version))
      return 'A problem belongs to a change of another slice.';
    this.#drained = version;
    return undefined;
  }

  /** Reason why the log is not whole; undefined when it is. */
  get endIssue(): string | undefined {
    const { version, head, base } = this.#header;
    if (this.#accepted !== head) return `The changes after ${this.#accepted} are missing.`;
    if ((this.#drained ?? base.version) !== version) return `The slices after ${this.#drained} are missing.`;
    return (this.#begins ?? base.version) > base.version ? 'The slices after the checkpoint are missing.' : undefined;
  }
}

const sendersIssue = (
  first: number,
  count: number,
  senders: AcceptedLine['accepted']['senders'],
): string | undefined => {
  let next = 0;
  for (const [index, , , , previous, origin] of senders) {
    if (next === 0 ? index !== 0 : index < next || index >= count) return 'The senders are not in order.';
    if (Math.max(previous ?? 0, origin?.skip ?? 0) >= first + index) return 'A change comes before the one before it.';
    next = index + 1;
  }
  return next === 0 ? 'The changes have no sender.' : undefined;
};
