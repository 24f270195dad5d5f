import type { Environment } from './environment.ts';

/** Resolves as the promise does. @throws when it has not settled after so many ms; a later answer is ignored */
export const withTimeLimit = <Value>(
  { setTimer }: Pick<Environment, 'setTimer'>,
  ms: number,
  promise: Promise<Value>,
): Promise<Value> =>
  new Promise((resolve, reject) => {
    const cancel = setTimer(ms, () => reject(new Error(`No answer within ${ms} ms.`)));
    promise.then(resolve, reject).finally(cancel);
  });
