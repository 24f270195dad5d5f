import type { ChangeRequest } from '../../core/inverse.ts';
import type { Json } from '../../protocol/json.ts';

/** An object with a function for any name: the light client does not know the names of the definition. */
export const pushProxy = <Result, Options>(push: (change: ChangeRequest, options?: Options) => Result): object =>
  new Proxy(
    {},
    {
      // `await client.push` looks for a `then`, and must not push a change of that name. None begins with `$`.
      get: (_, name) =>
        typeof name === 'symbol' || name === 'then' || name.startsWith('$')
          ? undefined
          : (args: Json = {}, options?: Options) => push({ name, args }, options),
    },
  );
