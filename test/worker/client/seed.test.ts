import { describe, expect, it } from 'vitest';
import { createClient } from '../../../src/client/client.ts';
import { createLightClient } from '../../../src/client/light-client.ts';
import type { Json } from '../../../src/protocol/json.ts';
import { Api, fresh } from '../../support/api.ts';
import { until } from '../../support/wait.ts';
import { optionsFor, workerFetch } from '../../support/worker-client.ts';

const FILLER = 'x'.repeat(20_000);

/** An application, its state as a server that renders pages reads it, and options of a client that count what it receives. */
const rendered = async () => {
  const application = fresh();
  const writer = createLightClient(optionsFor(application));
  await writer.push.merge({ filler: FILLER, title: 'A' }).applied;
  const answer = await new Api(application).call('GET', '/state');
  const seed = { state: answer.body as Json, etag: answer.headers.get('ETag') ?? '' };
  const received = { statuses: new Set<number>(), bytes: 0 };
  const options = optionsFor(application);
  const fetch = (async (input, init) => {
    const response = await workerFetch(input, init);
    if (String(input).endsWith('/state')) received.statuses.add(response.status);
    if (response.body === null || response.status === 101) return response;
    const count = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        received.bytes += chunk.byteLength;
        controller.enqueue(chunk);
      },
    });
    return new Response(response.body.pipeThrough(count), response);
  }) as typeof globalThis.fetch;
  class CountingSocket extends options.WebSocket {
    override addEventListener(
      ...[type, listener]: Parameters<InstanceType<typeof options.WebSocket>['addEventListener']>
    ) {
      super.addEventListener(type, (event) => {
        received.bytes += `${event.data ?? ''}`.length;
        listener(event);
      });
    }
  }
  return { writer, seed, received, options: { ...options, fetch, WebSocket: CountingSocket } };
};

describe.each(['poll', 'long-poll', 'sse', 'socket', 'auto'] as const)(
  'a seed over %s, on the real Worker',
  (transport) => {
    it('[S2] [T1] is not sent again, and is followed by the changes alone', async () => {
      const { writer, seed, received, options } = await rendered();
      const client = createClient({ ...options, seed, transport });
      expect(client.state).toEqual(seed.state);
      await until(() => client.status.version === 1);
      expect([client.confirmed === client.initialState, received.statuses.has(200) && transport !== 'sse']).toEqual([
        true,
        false,
      ]);
      await writer.push.merge({ title: 'B' }).applied;
      await until(() => (client.state as { title: string }).title === 'B');
      expect(received.bytes).toBeLessThan(5_000);
      client.close();
      writer.close();
    });

    it('[S3] that is older gets a patch; one of another application the state, once', async () => {
      const { writer, seed, received, options } = await rendered();
      await writer.push.merge({ title: 'B' }).applied;
      const client = createClient({ ...options, seed, transport });
      await until(() => client.status.version === 2);
      expect(client.state).toEqual({ filler: FILLER, title: 'B' });
      expect(received.bytes).toBeLessThan(5_000);
      client.close();
      const foreign = { state: { wrong: true }, etag: '"f0re1gn.7"' };
      const other = createClient({ ...options, seed: foreign, transport });
      await until(() => other.status.version === 2);
      expect(other.state).toEqual({ filler: FILLER, title: 'B' });
      await other.push.merge({ title: 'C' }).applied;
      await until(() => other.status.version === 3);
      expect(other.state).toEqual({ filler: FILLER, title: 'C' });
      // Of `auto` a poll and the socket may ask at the same moment.
      expect(received.bytes).toBeLessThan(FILLER.length * (transport === 'auto' ? 2 : 1) + 8_000);
      other.close();
      writer.close();
    });
  },
);
