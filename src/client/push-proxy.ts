import type { Definition } from '../core/definition.ts';
import type { Json } from '../protocol/json.ts';
import type { PushOf } from './options.ts';
import type { Pushed } from './waits.ts';

/** One function for each change, whatever its name. */
export const pushProxy = <Kind extends Definition>(push: (name: string, args: Json) => Pushed): PushOf<Kind> =>
  new Proxy(
    {},
    {
      // A promise is what has a `then`: whoever awaits this must not push one.
      get: (_, name) =>
        typeof name === 'symbol' || name === 'then' ? undefined : (args: Json = {}) => push(name, args),
    },
  ) as PushOf<Kind>;
