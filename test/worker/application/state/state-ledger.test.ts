import { afterEach, describe, expect, it } from 'vitest';
import { STATE_IDLE_MS, STATES_BYTES_MAX } from '../../../../src/protocol/limits.ts';
import { type LedgerEntry, stateLedger } from '../../../../src/server/application/state/state-ledger.ts';
import { Api, fresh, problemName } from '../../../support/api.ts';
import { connect, notePush, opened, problemOf, shake, subscribed } from '../../../support/live.ts';
import { hibernate } from '../../../support/objects.ts';
import { sleep } from '../../../support/wait.ts';

/** Another application of the isolate that is always in use. */
const busy: LedgerEntry & { bytes: number } = {
  bytes: 0,
  get usedAt() {
    return Date.now();
  },
  invalidate: () => undefined,
};
stateLedger.add(busy);

afterEach(() => {
  busy.bytes = 0;
});

/** Takes all room; every idle state is let go for the state of a further application, which then is refused. */
const takeAllRoom = async (): Promise<void> => {
  const other = new Api(fresh());
  await other.create('debug');
  await hibernate(other.path);
  busy.bytes = STATES_BYTES_MAX;
  await sleep(STATE_IDLE_MS + 100);
  const refused = await other.state();
  expect([refused.status, problemName(refused)]).toEqual([503, 'unavailable']);
};

describe('[B3] a state for which there is no room', () => {
  it('is not loaded for a frame: a push is refused, another frame ends the socket', async () => {
    const { path, api } = await opened();
    const [writer, reader] = [await subscribed(path), await connect(path)];
    await takeAllRoom();
    writer.send(notePush('c1', 1, 'a'));
    expect((await writer.next('refused')).problem).toMatchObject({ status: 503, retryAfter: 5 });
    reader.send({ type: 'subscribe' });
    expect(problemOf(await reader.next('error'))).toBe('unavailable');
    expect(await reader.next('closed')).toMatchObject({ code: 4_503, reason: 'unavailable' });
    busy.bytes = 0;
    // Nothing was accepted: the same push is new.
    writer.send(notePush('c1', 1, 'a'));
    expect((await writer.next('outcomes')).outcomes).toMatchObject([{ n: 1, status: 'applied' }]);
    expect((await api.state()).body.entries.a).toBe(1);
  });

  it('is not loaded for a socket that slept, which ends, nor for a handshake; other sleepers stay', async () => {
    const { path, api } = await opened();
    const [first, second] = [await subscribed(path), await subscribed(path)];
    await hibernate(path);
    await takeAllRoom();
    first.send({ type: 'presence', data: 'here' });
    expect(problemOf(await first.next('error'))).toBe('unavailable');
    expect(await first.next('closed')).toMatchObject({ code: 4_503 });
    expect((await shake(path)).status).toBe(503);
    busy.bytes = 0;
    await api.push('c1', 1, 'note', { key: 'a', value: 1 });
    expect((await second.next('patch')).patch.length).toBeGreaterThan(0);
  });
});
