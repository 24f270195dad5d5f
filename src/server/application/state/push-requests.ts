import { PUSH_REQUESTS_KEPT_MAX } from '../../../protocol/operating-limits.ts';

/** The changes of one push, and the id of the request that brought them. */
export interface PushRequest {
  /** Seq of its first change. */
  readonly first: number;
  /** Seq of its last change. */
  readonly last: number;
  readonly request: string;
}

/** The requests that brought the queued changes, for the log [G2]. In memory alone: a later instance does not know them. */
export class PushRequests {
  /** In order of seq. */
  readonly #pushes: PushRequest[] = [];

  /** @param version of the state: what is applied is forgotten */
  add(pushes: readonly PushRequest[], version: number): void {
    if (pushes.length === 0) return;
    const isOver = ({ last }: PushRequest): boolean => last <= version || this.#pushes.length >= PUSH_REQUESTS_KEPT_MAX;
    while (this.#pushes[0] !== undefined && isOver(this.#pushes[0])) this.#pushes.shift();
    this.#pushes.push(...pushes);
  }

  /** The id of the request that brought a change; undefined where it came over a socket, or is not known any more. */
  of(seq: number): string | undefined {
    return this.#pushes.find(({ first, last }) => first <= seq && seq <= last)?.request;
  }
}
