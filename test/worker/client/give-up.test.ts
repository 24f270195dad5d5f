import { describe, expect, it } from 'vitest';
import { todos } from '../../../src/applications/todos.ts';
import { createClient } from '../../../src/client/client.ts';
import { createLightClient } from '../../../src/client/light-client.ts';
import type { SocketEvent } from '../../../src/client/platform/environment.ts';
import { giveUpAfter } from '../../../src/client/push/give-up.ts';
import { Api, fresh } from '../../support/api.ts';
import { until } from '../../support/wait.ts';
import { CLIENT_TRANSPORTS, optionsFor, workerFetch } from '../../support/worker-client.ts';

/** A network on which every push is accepted and its answer is lost, while `isLosing`. */
const losing = (application: string) => {
  const network = { isLosing: true };
  const options = optionsFor(application);
  class CutSocket extends options.WebSocket {
    #onClose: ((event: SocketEvent) => void) | undefined;

    override addEventListener(type: string, listener: (event: SocketEvent) => void): void {
      if (type === 'close') this.#onClose = listener;
      super.addEventListener(type, listener);
    }

    override send(text: string): void {
      super.send(text);
      if (!network.isLosing || !text.includes('"batch"')) return;
      this.close();
      this.#onClose?.({ code: 1006 });
    }
  }
  const fetching: typeof fetch = async (input, init) => {
    const answer = await workerFetch(input, init);
    if (init?.method === 'PUT' && network.isLosing) throw new TypeError('The answer was lost.');
    return answer;
  };
  return {
    network,
    options: { ...options, WebSocket: CutSocket, fetch: fetching, giveUp: giveUpAfter({ attempts: 2 }) },
  };
};

describe.each(CLIENT_TRANSPORTS)('giving up with %s over %s', (kind, transport) => {
  it('[Q3] says that the outcome is unknown, and what was accepted is applied once', async () => {
    const application = fresh();
    const api = new Api(application);
    await api.create('todos');
    const { network, options } = losing(application);
    const client =
      kind === 'createClient'
        ? createClient({ ...options, definition: todos, transport })
        : createLightClient<typeof todos>({ ...options, kind: 'todos', transport: transport as 'poll' | 'long-poll' });
    await until(() => client.status.transport === transport && client.status.version === 0);
    const lost = client.push.add({ id: 'lost', text: 'Lost' });
    await expect(lost.applied).rejects.toMatchObject({ name: 'outcome-unknown', problem: { status: 0 } });
    expect(client.status.pending).toBe(0);
    network.isLosing = false;
    const { n, seq } = await client.push.add({ id: 'next', text: 'Next' }).applied;
    expect([n, seq]).toEqual([2, 2]);
    await until(() => client.status.version === 2);
    expect(Object.keys(client.confirmed?.items ?? {})).toEqual(['lost', 'next']);
    client.close();
  });
});
