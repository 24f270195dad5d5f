import { todos } from '../../src/applications/todos.ts';
import { createClient } from '../../src/client/client.ts';
import { memoryStorage } from '../../src/client/storage/storage.ts';
import { EventParser } from '../../src/client/transport/event-parser.ts';
import { sleep } from '../support/wait.ts';
import type { Fact } from './facts.ts';

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9';
const READY_MS = 200;
const PIECE = 16_384;

/** Microseconds for each push of a loop without a network, shown to one subscriber. */
const offlinePushes = async (count: number): Promise<number> => {
  const storage = memoryStorage();
  const client = createClient({ url: NOWHERE, application: 'me/bench', definition: todos, storage, transport: 'poll' });
  client.subscribe(
    ({ items }) => items,
    () => undefined,
  );
  await sleep(READY_MS);
  const begun = performance.now();
  for (let index = 0; index < count; index += 1) {
    const { accepted, applied } = client.push.add({ id: `t${index}`, text: 'offline' });
    for (const promise of [accepted, applied]) promise.catch(() => undefined);
  }
  await sleep(0);
  const took = performance.now() - begun;
  if (Object.keys(client.state.items).length !== count) throw new Error('not all pushes show');
  client.close();
  return (1_000 * took) / count;
};

/** Milliseconds for each MB of one event that comes in pieces. */
const parsedEvent = (megabytes: number): number => {
  const text = `event: state\ndata: ${JSON.stringify('x'.repeat(megabytes * 1e6))}\n\n`;
  const parser = new EventParser();
  const begun = performance.now();
  let events = 0;
  for (let at = 0; at < text.length; at += PIECE) events += parser.feed(text.slice(at, at + PIECE)).length;
  if (events !== 1) throw new Error('the event was not parsed');
  return (performance.now() - begun) / megabytes;
};

/** That the client's work follows the change: eight times as many take eight times as long, not sixty-four times. */
export const clientFacts = async (): Promise<Fact[]> => {
  const facts: Fact[] = [];
  for (const count of [1_000, 8_000]) {
    const name = `one of ${count.toLocaleString('en')} pushes of one turn, offline`;
    facts.push({ name, value: `${Math.round(await offlinePushes(count))} µs` });
  }
  for (const megabytes of [1, 8]) {
    const name = `parsing each MB of an event of ${megabytes} MB`;
    facts.push({ name, value: `${parsedEvent(megabytes).toFixed(1)} ms` });
  }
  return facts;
};
