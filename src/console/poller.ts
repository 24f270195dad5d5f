import { type Answer, send } from './http.ts';

/** What one poll has brought. */
export interface Polled {
  readonly answer: Answer;
  /** Milliseconds from asking to answer. */
  readonly took: number;
}

const INTERVAL_MS = 250;
const INTERVAL_MS_MAX = 8_000;

/**
 * The article's poller: `setTimeout` tail recursion, so that two polls are never in flight. After a failure it waits
 * longer, after an answer it is back at 250 ms.
 */
export const poll = (onAnswer: (polled: Polled) => void, onFailure: () => void): void => {
  let etag = '';
  let failures = 0;
  const once = async (): Promise<void> => {
    const begun = performance.now();
    const answer = await send('GET', '/state', etag === '' ? {} : { 'If-None-Match': etag });
    etag = answer.headers.get('ETag') ?? '';
    onAnswer({ answer, took: performance.now() - begun });
    failures = answer.status < 400 ? 0 : failures + 1;
  };
  const again = (): void => {
    setTimeout(loop, Math.min(INTERVAL_MS * 2 ** failures, INTERVAL_MS_MAX));
  };
  const loop = (): void => {
    once()
      .catch(() => {
        failures += 1;
        onFailure();
      })
      .finally(again);
  };
  loop();
};
