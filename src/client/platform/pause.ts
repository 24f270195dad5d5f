import type { Environment } from './environment.ts';

/** Resolves after so many ms. @throws the reason of the signal when that is aborted before */
export const pause = (
  { setTimer }: Pick<Environment, 'setTimer'>,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const abort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = setTimer(ms, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
  });
