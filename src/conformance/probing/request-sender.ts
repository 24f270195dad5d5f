import type { Answer } from './answer.ts';
import type { Target } from './target.ts';

/** A request of a check. */
export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Instead of the target's token; null sends none. */
  readonly token?: string | null | undefined;
}

/** Sends the requests of checks to the target. */
export interface RequestSender {
  readonly target: Target;
  /** @param path from the root: `/v1/apps/…` */
  ask(path: string, ask?: Ask): Promise<Answer>;
  /** The same with a body that is still to come. */
  open(path: string, ask: Ask, signal?: AbortSignal): Promise<Response>;
}
