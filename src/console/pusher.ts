import { type Answer, send } from './http.ts';

/** A change on its way, and what the server said to it. */
export interface Pushed {
  readonly receipt: { readonly seq: number; readonly n: number };
  readonly location: string;
}

const RETRY_MS = 250;
const RETRY_MS_MAX = 8_000;

/**
 * Pushes one change after the other, in order. What was not answered is sent again under the same n, which is
 * always safe; a refusal that names the n it expects is followed.
 */
export class Pusher {
  readonly #client = `page-${crypto.randomUUID()}`;
  #n = 1;
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves with the receipt; rejects with the problem's words when the change is refused for good. */
  push(name: string, args: unknown): Promise<Pushed> {
    const pushed = this.#last.then(() => this.#insist({ name, args }));
    this.#last = pushed.catch(() => undefined);
    return pushed;
  }

  async #insist(change: { readonly name: string; readonly args: unknown }): Promise<Pushed> {
    for (let failures = 0; ; failures += 1) {
      const answer = await this.#once(change).catch(() => undefined);
      if (answer?.status === 202) return this.#accepted(answer);
      if (answer !== undefined && !isPassing(answer) && !this.#follow(answer)) throw new Error(detailOf(answer));
      await pause(failures, Number(answer?.headers.get('Retry-After') ?? 0));
    }
  }

  #once(change: unknown): Promise<Answer> {
    return send('PUT', `/changes/${this.#client}/${this.#n}`, {}, change);
  }

  #accepted(answer: Answer): Pushed {
    this.#n += 1;
    const receipt = JSON.parse(answer.text) as Pushed['receipt'];
    return { receipt, location: `/changes/${this.#client}/${receipt.n}` };
  }

  #follow(answer: Answer): boolean {
    const { expected } = JSON.parse(answer.text) as { expected?: number };
    if (expected === undefined || expected === this.#n) return false;
    this.#n = expected;
    return true;
  }
}

export const detailOf = ({ text, status }: Answer): string => {
  try {
    return (JSON.parse(text) as { detail: string }).detail;
  } catch {
    return `The server answered ${status}.`;
  }
};

const isPassing = ({ status }: Answer): boolean => status === 429 || status >= 500;

/** Exponential with full jitter; what the server asks for is the least. */
const pause = (failures: number, seconds: number): Promise<void> => {
  const backoff = Math.random() * Math.min(RETRY_MS * 2 ** failures, RETRY_MS_MAX);
  return new Promise((resolve) => setTimeout(resolve, Math.max(backoff, seconds * 1_000)));
};
