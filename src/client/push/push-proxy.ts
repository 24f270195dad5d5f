import type { ChangeRequest } from '../../core/inverse.ts';
import type { Json } from '../../protocol/json.ts';
import { copyJson } from '../platform/copy-json.ts';

/**
 * An object with a function for any name: the light client does not know the names of the definition. Each throws a
 * `ProblemError` for args that are no JSON.
 *
 * @param push gets a copy of the args
 */
export const pushProxy = <Result, Options>(push: (change: ChangeRequest, options?: Options) => Result): object =>
  new Proxy(
    {},
    {
      // `await` looks for a `then`, `JSON.stringify` for a `toJSON`, a text for the `toString` that each object has, and
      // frameworks for marks such as `__v_isRef`: they must not push changes of these names.
      get: (object, name) =>
        name in object || typeof name === 'symbol' || /^([^A-Za-z]|(then|toJSON)$)/.test(name)
          ? Reflect.get(object, name)
          : // A copy: the caller may change the args afterwards, the change must stay as it was pushed.
            (args: Json = {}, options?: Options) => push({ name, args: copyJson(args) }, options),
    },
  );
