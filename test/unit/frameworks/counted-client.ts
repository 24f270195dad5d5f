import type { todos } from '../../../src/applications/todos.ts';
import type { Client } from '../../../src/client/open-client.ts';

export type TodosClient = Client<typeof todos>;

/** A client, and the number of its subscriptions that have not ended. */
export const counted = (client: TodosClient): { readonly client: TodosClient; readonly open: () => number } => {
  let open = 0;
  const count =
    <Args extends unknown[]>(subscribe: (...args: Args) => () => void) =>
    (...args: Args) => {
      const end = subscribe(...args);
      open += 1;
      return () => {
        open -= 1;
        end();
      };
    };
  const members: Partial<TodosClient> = {
    subscribe: count(client.subscribe) as TodosClient['subscribe'],
    subscribeStatus: count(client.subscribeStatus),
  };
  const get = (target: TodosClient, name: string | symbol): unknown =>
    Reflect.get(members, name) ?? Reflect.get(target, name);
  return { client: new Proxy(client, { get }), open: () => open };
};
