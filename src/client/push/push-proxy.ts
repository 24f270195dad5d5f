import type { ChangeRequest } from '../../core/inverse.ts';
import type { Json } from '../../protocol/json.ts';

/** An object with a function for any name: the light client does not know the names of the definition. */
export const pushProxy = <Result, Options>(push: (change: ChangeRequest, options?: Options) => Result): object =>
  new Proxy(
    {},
    {
      // `await` looks for a `then`, `JSON.stringify` for a `toJSON`, and frameworks for marks such as `__v_isRef`: they must
      // not push changes of these names. Each name of a change begins with a letter.
      get: (_, name) =>
        typeof name === 'symbol' || /^([^A-Za-z]|(then|toJSON)$)/.test(name)
          ? undefined
          : (args: Json = {}, options?: Options) => push({ name, args }, options),
    },
  );
