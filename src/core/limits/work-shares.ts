import { SUBJECT_WORK_BYTES_MAX } from '../../protocol/limits.ts';
import { LruCache } from './lru-cache.ts';

/** The part of the order of changes in which a subject's work is added up. */
interface Lap {
  /** It ends with this seq: the head when it began. */
  readonly until: number;
  used: number;
}

/** Subjects whose laps and means are kept: one that is dropped begins anew. */
const SUBJECTS_MAX = 1_000;
/** Part of the newest change in a subject's mean. */
const NEWEST_PART = 1 / 8;

/**
 * Bounds the work of each subject while changes of others wait behind it [F2]. Counts work, not time, as the clock stands
 * still while JavaScript runs in production.
 *
 * Work is added up in laps. A lap ends when everything that was queued at its beginning is applied, so a change that is
 * queued sees at most two laps of each other subject before it is applied, one of them already begun.
 */
export class WorkShares {
  readonly #laps = new LruCache<string, Lap>(SUBJECTS_MAX);
  readonly #means = new LruCache<string, number>(SUBJECTS_MAX);

  /**
   * The bytes of work that the subject may still do in this lap beyond what its changes are granted in any case.
   *
   * @param seq of the change to be applied next
   * @returns `nothing` when its next changes are not even tried: changes that went far over the limit were tried before
   */
  left(user: string, seq: number): number | 'nothing' {
    const used = this.#lapAt(user, seq)?.used ?? 0;
    return used >= 2 * SUBJECT_WORK_BYTES_MAX ? 'nothing' : Math.max(0, SUBJECT_WORK_BYTES_MAX - used);
  }

  /** Counts work that was done while others waited. @param head the last accepted seq */
  spend(user: string, bytes: number, { seq, head }: { readonly seq: number; readonly head: number }): void {
    if (bytes === 0) return;
    const lap = this.#lapAt(user, seq);
    if (lap === undefined) this.#laps.set(user, { until: head, used: bytes });
    else lap.used += bytes;
  }

  /** Learns what the subject's changes cost. */
  learn(user: string, bytes: number): void {
    const mean = this.#means.get(user);
    if (mean === undefined && bytes === 0) return;
    const next = (mean ?? bytes) + (bytes - (mean ?? bytes)) * NEWEST_PART;
    if (next < 1) this.#means.delete(user);
    else this.#means.set(user, next);
  }

  /** The work to be expected of this many changes of the subject, by what the ones before them cost. */
  expected(user: string, changes: number): number {
    return changes * (this.#means.get(user) ?? 0);
  }

  #lapAt(user: string, seq: number): Lap | undefined {
    const lap = this.#laps.get(user);
    if (lap === undefined || seq <= lap.until) return lap;
    this.#laps.delete(user);
    return undefined;
  }
}
