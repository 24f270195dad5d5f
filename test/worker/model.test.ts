import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Api, fresh, problemName } from '../support/api.ts';
import { connect } from '../support/live.ts';
import { abortAll, evict, hibernate, inside } from '../support/objects.ts';
import { PATIENCE_MS, RUNS_MS } from '../support/patience.ts';
import { positionIn } from '../support/position.ts';
import { seedOf } from '../support/seed.ts';

// Accept and drain against a naive model: a list of what was acknowledged, and a fold over it. Random clients,
// repeats, gaps, batches, failing changes, evictions and sudden deaths; P1 to P10 after every step.

const SEED = seedOf('model');

/** What a change of the kind `debug` does to the model's state. */
type Kind = 'note' | 'refuse' | 'throw' | 'nonsense';

interface Accepted {
  readonly client: string;
  readonly n: number;
  readonly kind: Kind;
  readonly key: string;
  readonly batch: number | undefined;
}

class Model {
  readonly accepted: Accepted[] = [];
  readonly last = new Map<string, number>();

  expected(client: string): number {
    return (this.last.get(client) ?? 0) + 1;
  }

  accept(changes: readonly Accepted[]): void {
    for (const change of changes) {
      this.accepted.push(change);
      this.last.set(change.client, change.n);
    }
  }

  seqOf(client: string, n: number): number {
    return this.accepted.findIndex((each) => each.client === client && each.n === n) + 1;
  }

  isApplied(seq: number): boolean {
    const change = this.accepted[seq - 1] as Accepted;
    if (change.batch === undefined) return change.kind === 'note';
    return this.accepted.filter(({ batch }) => batch === change.batch).every(({ kind }) => kind === 'note');
  }

  /** The fold of the first `version` accepted changes. */
  state(version: number): Record<string, number> {
    const entries: Record<string, number> = {};
    for (let seq = 1; seq <= version; seq += 1) {
      if (this.isApplied(seq)) entries[(this.accepted[seq - 1] as Accepted).key] = seq;
    }
    return entries;
  }
}

/** The state without the values the reducer cannot know: which key was written last, and by which seq. */
interface Real {
  readonly api: Api;
  /** Body text by version: one version has one content. */
  readonly seen: Map<number, string>;
  highest: number;
  cuts: number;
  repeats: number;
  refusals: number;
  /** Pushes that were applied in the turn that accepted them. */
  atOnce: number;
}

type Step = fc.AsyncCommand<Model, Real>;

const change = (kind: Kind, key: string, value: number) =>
  kind === 'note' ? { name: 'note', args: { key, value } } : { name: kind, args: {} };

/** Every read: no version goes back, and its content is the fold of a prefix. */
const read = async (model: Model, real: Real, headers: Record<string, string>): Promise<number> => {
  const answer = await real.api.state(headers);
  expect(answer.status).toBe(200);
  const version = positionIn(answer.headers).version;
  expect(version).toBeGreaterThanOrEqual(real.highest);
  expect(positionIn(answer.headers).head).toBe(model.accepted.length);
  real.highest = version;
  const known = real.seen.get(version) ?? answer.text;
  expect(answer.text).toBe(known);
  real.seen.set(version, known);
  expect(answer.body.entries).toEqual(model.state(version));
  return version;
};

class Push implements Step {
  readonly client: string;
  readonly kinds: readonly Kind[];
  readonly offset: number;
  readonly atomicity: 'single' | 'batch' | 'atomic';

  constructor(client: string, kinds: readonly Kind[], offset: number, atomicity: 'single' | 'batch' | 'atomic') {
    this.client = client;
    this.kinds = atomicity === 'single' ? kinds.slice(0, 1) : kinds;
    this.offset = offset;
    this.atomicity = atomicity;
  }

  check = () => true;
  toString = () => `${this.atomicity} ${this.client} ${this.offset} ${this.kinds.join(',')}`;

  async run(model: Model, real: Real): Promise<void> {
    const expected = model.expected(this.client);
    const n = Math.max(1, expected + this.offset);
    // Values are the seq each change would get: the model can tell which of two writes came last.
    const changes = this.kinds.map((kind, i) => {
      const known = model.seqOf(this.client, n + i);
      const seq = known > 0 ? known : model.accepted.length + 1 + i - Math.max(0, expected - n);
      const before = known > 0 ? (model.accepted[known - 1] as Accepted) : undefined;
      return { kind: before?.kind ?? kind, key: before?.key ?? `${this.client}-${(n + i) % 3}`, seq };
    });
    const bodies = changes.map(({ kind, key, seq }) => change(kind, key, seq));
    const answer =
      this.atomicity === 'single'
        ? await real.api.call('PUT', `/changes/${this.client}/${n}`, bodies[0])
        : await real.api.batch(this.client, n, bodies, { atomic: this.atomicity === 'atomic' });
    if (n > expected) {
      real.refusals += 1;
      expect([answer.status, problemName(answer), answer.body.expected]).toEqual([409, 'sequence-gap', expected]);
      return;
    }
    const repeated = Math.min(expected - n, changes.length);
    if (this.isConflict(model, n, repeated, changes.length)) {
      real.refusals += 1;
      expect([answer.status, problemName(answer)]).toEqual([422, 'id-conflict']);
      return;
    }
    real.repeats += repeated;
    const first = model.accepted.length + 1;
    const batch = this.atomicity === 'atomic' ? first : undefined;
    model.accept(
      changes
        .slice(repeated)
        .map(({ kind, key }, i) => ({ client: this.client, n: n + repeated + i, kind, key, batch })),
    );
    expect(answer.status).toBe(202);
    if (repeated < changes.length && positionIn(answer.headers).queue === 0) real.atOnce += 1;
    const receipts = this.atomicity === 'single' ? [answer.body] : answer.body.receipts;
    receipts.forEach((receipt: { n: number; seq: number; repeated?: true }, i: number) => {
      expect(receipt).toMatchObject({ client: this.client, n: n + i, seq: model.seqOf(this.client, n + i) });
      expect(receipt.repeated ?? false).toBe(i < repeated);
    });
  }

  /** The grouping is part of what a change is: a repeat must be grouped as it was. */
  isConflict(model: Model, n: number, repeated: number, count: number): boolean {
    if (this.atomicity === 'atomic' && repeated > 0 && repeated < count) return true;
    for (let i = 0; i < repeated; i += 1) {
      const seq = model.seqOf(this.client, n + i);
      const { batch } = model.accepted[seq - 1] as Accepted;
      if (batch !== (this.atomicity === 'atomic' ? seq - i : undefined)) return true;
    }
    return false;
  }
}

class Drained implements Step {
  check = () => true;
  toString = () => 'drained read';
  async run(model: Model, real: Real): Promise<void> {
    expect(await read(model, real, { Prefer: 'drain' })).toBe(model.accepted.length);
  }
}

class Poll implements Step {
  check = () => true;
  toString = () => 'poll';
  async run(model: Model, real: Real): Promise<void> {
    await read(model, real, {});
  }
}

class Ticket implements Step {
  readonly pick: number;
  constructor(pick: number) {
    this.pick = pick;
  }
  check = (model: Readonly<Model>) => model.accepted.length > 0;
  toString = () => `ticket ${this.pick}`;
  async run(model: Model, real: Real): Promise<void> {
    const seq = 1 + (this.pick % model.accepted.length);
    const { client, n } = model.accepted[seq - 1] as Accepted;
    const { body } = await real.api.ticket(client, n);
    expect(body.seq).toBe(seq);
    if (body.status === 'queued') return;
    expect(body.status).toBe(model.isApplied(seq) ? 'applied' : 'rejected');
  }
}

class Cut implements Step {
  readonly how: 'evict' | 'abort' | 'lose the alarm';
  constructor(how: 'evict' | 'abort' | 'lose the alarm') {
    this.how = how;
  }
  check = () => true;
  toString = () => this.how;
  async run(_: Model, real: Real): Promise<void> {
    real.cuts += 1;
    // A life that has set the alarm goes on to rely on it, and only leaves to it what it has no time for.
    if (this.how !== 'abort') await evict(real.api.path);
    else await abortAll();
    if (this.how === 'lose the alarm') await inside(real.api.path, (storage) => storage.deleteAlarm());
  }
}

/** Puts a reader on the line, in a life that is trusted to apply at once [D11] [D12]. */
class Watch implements Step {
  check = () => true;
  toString = () => 'watch';
  async run(_: Model, real: Real): Promise<void> {
    const line = await connect(real.api.path.replace('/v1/apps/', ''));
    line.send({ type: 'subscribe' });
    await line.next('state');
    await hibernate(real.api.path);
  }
}

/** At the end the log tells every change once, in order, with its outcome; and history can show any version. */
const audit = async (model: Model, real: Real): Promise<void> => {
  await new Drained().run(model, real);
  const { entries } = (await real.api.call('GET', '/log?limit=500')).body;
  expect(entries.map((each: any) => [each.seq, each.client, each.n, each.outcome])).toEqual(
    model.accepted.map(({ client, n }, i) => [i + 1, client, n, model.isApplied(i + 1) ? 'applied' : 'rejected']),
  );
  const listed = (await real.api.call('GET', '/rejections')).body.rejections.map(({ seq }: any) => seq);
  // An atomic batch is listed as one, under its first change [O4].
  const isListed = (seq: number): boolean => [undefined, seq].includes(model.accepted[seq - 1]?.batch);
  const seqs = model.accepted.map((_, i) => i + 1);
  expect(listed).toEqual(seqs.filter((seq) => !model.isApplied(seq) && isListed(seq)));
  for (const version of new Set([0, Math.floor(model.accepted.length / 2), model.accepted.length])) {
    const past = await real.api.state({}, `?at=${version}`);
    // An atomic batch is not shown in part.
    const whole = model.accepted[version]?.batch === undefined || model.accepted[version]?.batch === version + 1;
    if (whole) expect(past.body.entries).toEqual(model.state(version));
  }
};

const kinds = fc.array(fc.constantFrom<Kind>('note', 'note', 'note', 'refuse', 'throw', 'nonsense'), {
  minLength: 1,
  maxLength: 4,
});
const clients = fc.constantFrom('a', 'b', 'c');
const offsets = fc.constantFrom(0, 0, 0, 0, -1, -2, -4, 1, 3);
const groupings = fc.constantFrom<'single' | 'batch' | 'atomic'>('single', 'single', 'batch', 'atomic');

const steps = fc.commands<Model, Real, false>(
  [
    fc.tuple(clients, kinds, offsets, groupings).map((args) => new Push(...args)),
    fc.tuple(clients, kinds, offsets, groupings).map((args) => new Push(...args)),
    fc.constant(new Drained()),
    fc.constant(new Poll()),
    fc.constant(new Watch()),
    fc.nat().map((pick) => new Ticket(pick)),
    fc.constantFrom<Cut['how'][]>('evict', 'abort', 'lose the alarm').map((how) => new Cut(how)),
  ],
  { maxCommands: 40, size: 'max' },
);

describe('accept and drain against a model', () => {
  it(
    '[Q2] [Q3] [Q5] [Q6] [Q7] [D1] [D6] [D11] [S10] random histories are folds of their prefixes',
    async () => {
      let runs = 0;
      const totals = { cuts: 0, repeats: 0, refusals: 0, atOnce: 0, accepted: 0 };
      await fc.assert(
        fc.asyncProperty(steps, async (commands) => {
          runs += 1;
          const model = new Model();
          const real: Real = {
            // Each run as somebody else: requests are limited per subject.
            api: new Api(fresh(`owner-${runs}`)),
            seen: new Map(),
            highest: 0,
            cuts: 0,
            repeats: 0,
            refusals: 0,
            atOnce: 0,
          };
          await real.api.create('debug');
          await fc.asyncModelRun(() => ({ model, real }), commands);
          await audit(model, real);
          for (const name of ['cuts', 'repeats', 'refusals', 'atOnce'] as const) totals[name] += real[name];
          totals.accepted += model.accepted.length;
        }),
        { seed: SEED, numRuns: 100, timeout: PATIENCE_MS, endOnFailure: false },
      );
      for (const total of Object.values(totals)) expect(total).toBeGreaterThan(20);
    },
    RUNS_MS,
  );
});
