import type { PushMessage } from '../../rpc/messages.ts';

interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects what arrives until the next turn and handles it together (group commit): one transaction, one row, one head
 * check and one burst of answers for all. A fixed window would be slower. A single request loses almost nothing.
 *
 * @param nextTurn resolves in a later turn of the event loop; it gets the items of the turn before
 * @param handle returns an answer for each item, in order; when it throws, all items are rejected with its error
 */
export const batchPerTick = <Item, Answer>(
  nextTurn: (before: readonly Item[]) => Promise<void>,
  handle: (items: readonly Item[]) => readonly Answer[],
): ((item: Item) => Promise<Answer>) => {
  let waiting: Waiting<Item, Answer>[] = [];
  let before: readonly Item[] = [];
  const nextBatch = (): readonly Waiting<Item, Answer>[] => {
    const batch = waiting;
    waiting = [];
    return batch;
  };
  const flush = (): void => {
    const batch = nextBatch();
    before = batch.map(({ item }) => item);
    try {
      const answers = handle(before);
      batch.forEach(({ resolve }, index) => {
        resolve(answers[index] as Answer);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  const fail = (error: unknown): void => {
    for (const { reject } of nextBatch()) reject(error);
  };
  return (item) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) nextTurn(before).then(flush, fail);
      waiting.push({ item, resolve, reject });
    });
};

/** Number of syncs to wait for after a turn with several requests: more of them will arrive in the next moments. */
const TURNS_UNDER_LOAD = 3;

/**
 * The next turn for requests. `storage.sync()` is the shortest wait there is: 2 µs when nothing is being written, where
 * `setTimeout(0)` takes 1.2 ms (both measured on workerd). Otherwise it takes as long as the group before needs to become
 * durable, so groups grow with the load. With the timer, 64 connections get an eighth less done.
 *
 * @param before number of requests in the turn before
 */
export const nextIoTick = async (sync: () => Promise<void>, before: number): Promise<void> => {
  const turns = before > 1 ? TURNS_UNDER_LOAD : 1;
  for (let turn = 0; turn < turns; turn += 1) await sync();
};

/** The next turn for pushes. After a turn with several pushes over sockets it waits for a macrotask. */
export const nextPushTick =
  (sync: () => Promise<void>) =>
  (before: readonly PushMessage[]): Promise<void> =>
    before.filter(({ via }) => via === 'socket').length > 1 ? nextMacrotask() : nextIoTick(sync, before.length);

/**
 * Resolves after everything that has already arrived was handled. Needed for sockets that push without waiting for
 * answers: each of their messages is an event of its own, and `storage.sync()` resolves before them. Measured on
 * workerd, one socket with 64 pushes in flight: 5,400 a second with three turns by sync, 17,800 with this. For the same
 * reason, forty slices of a drain in a row with sync between them were seen to starve waiting requests.
 */
export const nextMacrotask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
