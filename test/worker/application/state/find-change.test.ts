import { describe, expect, it } from 'vitest';
import { LOOKBACK_CHANGES_MAX, SKIP_CHANGES } from '../../../../src/protocol/limits.ts';
import { Api, fresh, problemName } from '../../../support/api.ts';
import { abortAll, evict, hibernate } from '../../../support/objects.ts';
import { sealed } from '../../../support/sealed-backup.ts';
import { randomFrom, seedOf } from '../../../support/seed.ts';

/** Changes of each client, and how far back the ticket is. */
const LAST = 10_100;
const BACK = 9_400;

/** The seq of a client's n, where `a` and `b` take turns. */
const alternating = (client: 'a' | 'b', n: number): number => 2 * n - (client === 'a' ? 1 : 0);

/** Two clients whose changes alternate, each in a row of its own. @param skips whether they tell skips, as earlier deployments did not */
const alternatingBackup = (skips: boolean): string => {
  const head = 2 * LAST;
  const header = {
    format: 'changebucket-backup',
    formatVersion: 2,
    kind: 'counter',
    definitionVersion: 1,
    version: head,
    head,
  };
  const lines: object[] = [
    { ...header, base: { version: 0, head: 0, at: 1 }, logAfter: 0, forgotten: 0 },
    { count: 0 },
  ];
  for (let n = 1; n <= LAST; n += 1)
    for (const client of ['a', 'b'] as const) {
      const seq = alternating(client, n);
      const skip =
        skips && n % SKIP_CHANGES === 0 && n > SKIP_CHANGES ? alternating(client, n - SKIP_CHANGES) : undefined;
      const rest = skip === undefined ? [] : [{ skip }];
      const senders = [[0, client, n, 'alice', n === 1 ? null : seq - 2, ...rest]];
      lines.push({ accepted: { first: seq, last: seq, at: 1, senders, bodies: [{ name: 'add', args: { by: 1 } }] } });
    }
  const step = 1_010;
  for (let base = 0; base < head; base += step) {
    const counts = Array.from({ length: step }, () => 0);
    lines.push({ drain: { version: base + step, base, at: 1, counts, patch: [], problems: {}, weight: 11 } });
  }
  return sealed(lines);
};

const imported = async (skips: boolean): Promise<Api> => {
  const api = new Api(fresh());
  const answer = await api.call('PUT', '/import', alternatingBackup(skips), { 'Content-Type': 'application/x-ndjson' });
  if (answer.status !== 200) throw new Error(answer.text);
  return api;
};

/** Rows that a ticket reads, as the object counts them. */
const rowsOf = async (api: Api, client: 'a' | 'b', n: number): Promise<number> => {
  const rows = async (): Promise<number> => (await api.info()).cost.rowsRead;
  const [before, between] = [await rows(), await rows()];
  const ticket = await api.ticket(client, n);
  expect([ticket.status, ticket.body.seq]).toEqual([200, alternating(client, n)]);
  return (await rows()) - between - (between - before);
};

describe('a ticket far back', () => {
  it('[O2] reads some hundred rows among interleaved clients, in this life and the next', async () => {
    const api = await imported(true);
    const rows = [await rowsOf(api, 'a', LAST - BACK), await rowsOf(api, 'b', LAST - LOOKBACK_CHANGES_MAX + 1)];
    await evict(api.path);
    rows.push(await rowsOf(api, 'b', LAST - BACK), await rowsOf(api, 'a', LAST - 100));
    const gone = await api.ticket('a', LAST - LOOKBACK_CHANGES_MAX);
    expect([gone.status, problemName(gone)]).toEqual([410, 'outcome-expired']);
    console.log(`rows read for tickets far back: ${rows}`);
    expect(Math.max(...rows)).toBeLessThan(500);
  });

  it('[O2] is found in what earlier deployments have stored, one change after the other', async () => {
    const api = await imported(false);
    const rows = await rowsOf(api, 'a', LAST - BACK);
    console.log(`rows read for a ticket 9,400 changes back without skips: ${rows}`);
    // The first change with a skip stands at the end of those without.
    const by = { name: 'add', args: { by: 1 } };
    await api.batch(
      'a',
      LAST + 1,
      Array.from({ length: 3 * SKIP_CHANGES }, () => by),
    );
    await api.drained();
    for (const n of [LAST - BACK, LAST - 1, LAST])
      expect((await api.ticket('a', n)).body.seq).toBe(alternating('a', n));
    expect((await api.ticket('a', LAST + 3 * SKIP_CHANGES)).body.seq).toBe(2 * LAST + 3 * SKIP_CHANGES);
  });
});

const CLIENTS = ['a', 'b', 'c'];

/** Pushes at random and keeps what was acknowledged. */
class Writers {
  readonly #api: Api;
  readonly #random: () => number;
  /** The seqs of each client's changes. */
  readonly seqs = new Map(CLIENTS.map((client) => [client, [] as number[]]));
  /** n of each client's last change in an atomic batch, which is repeated whole or not at all. */
  readonly #atomicUntil = new Map<string, number>();
  #keys = 0;

  constructor(api: Api, random: () => number) {
    this.#api = api;
    this.#random = random;
  }

  integer(max: number): number {
    return Math.floor(this.#random() * max);
  }

  /** One step: pushes at the same time, the end of a life, or a repeat. */
  async step(): Promise<void> {
    const drawn = this.#random();
    if (drawn < 0.08) await evict(this.#api.path);
    else if (drawn < 0.14) await abortAll();
    else if (drawn < 0.18) await hibernate(this.#api.path);
    else if (drawn < 0.24) await this.#api.drained();
    else if (drawn < 0.3) await this.#retry();
    else await Promise.all([...CLIENTS.map((client) => this.#push(client)), this.#anonymous()]);
  }

  /** Several pushes of one client in a row; the others push meanwhile. */
  async #push(client: string): Promise<void> {
    for (let times = this.integer(4); times > 0; times -= 1) {
      const known = this.seqs.get(client) as number[];
      // Some of its changes are repeats, some are refused when they are applied.
      const plain = known.length - (this.#atomicUntil.get(client) ?? 0);
      const repeated = Math.min(plain, this.integer(3) === 0 ? this.integer(90) : 0);
      const count = this.integer(3) === 0 ? 1 : 1 + this.integer(100);
      const from = known.length - repeated + 1;
      const changes = Array.from({ length: repeated + count }, (_, index) => this.#change(client, from + index));
      const atomic = repeated === 0 && this.integer(4) === 0;
      const answer = await this.#api.batch(client, from, changes, { atomic });
      if (answer.status !== 202) throw new Error(`${answer.status} ${answer.text}`);
      const seqs = answer.body.receipts.map(({ seq }: { seq: number }) => seq);
      expect(seqs.slice(0, repeated)).toEqual(known.slice(from - 1));
      known.push(...seqs.slice(repeated));
      if (atomic) this.#atomicUntil.set(client, known.length);
    }
  }

  #change(client: string, n: number): { name: string; args: { key: string; value: number } } {
    return n % 29 === 0
      ? { name: 'refuse', args: { key: client, value: n } }
      : { name: 'note', args: { key: client, value: n } };
  }

  async #anonymous(): Promise<void> {
    this.#keys += 1;
    const headers = this.integer(2) === 0 ? {} : { 'Idempotency-Key': `key-${this.#keys}` };
    await this.#api.call('POST', '/changes', { name: 'note', args: { key: 'k', value: this.#keys } }, headers);
  }

  async #retry(): Promise<void> {
    const { rejections } = (await this.#api.call('GET', '/rejections')).body;
    const rejected = rejections[this.integer(rejections.length)];
    if (rejected !== undefined) await this.#api.call('POST', `/rejections/${rejected.seq}/retry`);
  }

  /** One ticket of every 30 changes, and those around the first skips. */
  async check(): Promise<void> {
    for (const [client, seqs] of this.seqs) {
      for (let from = 1; from <= seqs.length; from += 30) {
        const count = Math.min(30, seqs.length - from + 1);
        const { body } = await this.#api.ticket(client, from + this.integer(count));
        expect([client, body.n, body.seq]).toEqual([client, body.n, seqs[body.n - 1]]);
      }
      for (const n of [1, SKIP_CHANGES - 1, SKIP_CHANGES, SKIP_CHANGES + 1, 2 * SKIP_CHANGES, seqs.length]) {
        if (n > seqs.length) continue;
        const { body } = await this.#api.ticket(client, n);
        expect([client, n, body.seq]).toEqual([client, n, seqs[n - 1]]);
      }
    }
  }
}

describe('the tickets of clients whose changes interleave at random', () => {
  it('[O2] [Q3] are all found, over batches, repeats, retries, keys and ends of lives', async () => {
    const api = new Api(fresh());
    await api.create('debug');
    const writers = new Writers(api, randomFrom(seedOf('find-change')));
    for (let step = 0; step < 30; step += 1) await writers.step();
    await api.drained();
    await writers.check();
    await evict(api.path);
    await writers.check();
  });
});
