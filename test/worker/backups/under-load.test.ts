import { applyPatch } from 'rfc6902';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/protocol/json.ts';
import { faultsIn, type LogEntry, stateBy } from '../../support/log-model.ts';
import { randomFrom, seedOf } from '../../support/seed.ts';
import { type Act, Storm } from '../../support/storm.ts';

// What an administrator does while clients push all the time. Nobody waits for anybody: each act falls between changes that
// are sent, accepted, queued and applied.

const random = randomFrom(seedOf('under load'));

const shuffled = (acts: readonly Act[]): Act[] =>
  acts
    .map((act) => [random(), act] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, act]) => act);

const patched = (state: Json, operations: readonly { readonly path: string }[]): Json => {
  const holder = { root: state };
  // The library cannot replace the root.
  const moved = operations.map((each) => ({ ...each, path: `/root${each.path}` }));
  expect(applyPatch(holder, moved as never).filter((error) => error !== null)).toEqual([]);
  return holder.root;
};

/** What was brought out of the history is what the log says. */
const compareBrought = ({ brought }: Storm, log: readonly LogEntry[]): void => {
  for (const each of brought) {
    if (each.what === 'patch') {
      const from = stateBy(log, each.from);
      expect(patched(from, each.content), `from ${each.from} to ${each.to}`).toEqual(stateBy(log, each.to));
      continue;
    }
    // A fork of now is that of some version between the request and the answer.
    const candidates = Array.from({ length: each.to - each.from + 1 }, (_, index) => stateBy(log, each.from + index));
    expect(candidates, `versions ${each.from} to ${each.to}`).toContainEqual(each.content);
  }
};

/** Whatever was acknowledged is where its answer says, but for what an import has taken back: that is nowhere. */
const compareAcknowledged = ({ pushers, clients, imports }: Storm, log: readonly LogEntry[]): void => {
  const seqs = new Map(log.map(({ args, seq }) => [args['last'], seq]));
  for (const { key, client, n, seq, epoch } of pushers.flatMap(({ acknowledged }) => acknowledged)) {
    const isTakenBack = imports.some((each) => epoch !== undefined && epoch < each.epoch && seq > each.head);
    expect([key, seqs.get(key)]).toEqual([key, isTakenBack ? undefined : seq]);
    if (!isTakenBack) expect(log[seq - 1]).toMatchObject({ client, n });
  }
  for (const { keys, acknowledged, failures } of clients) {
    expect(failures).toEqual([]);
    expect(acknowledged).toHaveLength(keys.length);
    for (const key of keys) {
      const mayBeTakenBack = imports.some(({ before }) => before.has(key));
      expect([key, seqs.has(key) || mayBeTakenBack]).toEqual([key, true]);
    }
  }
};

const weather = async (acts: readonly Act[]): Promise<void> => {
  const storm = new Storm(random);
  const log = await storm.run(shuffled(acts));
  expect(faultsIn(log)).toEqual([]);
  const state = stateBy(log, log.length);
  expect(await storm.api.drained()).toEqual(state);
  for (const { client } of storm.clients) expect(client.state).toEqual(state);
  compareAcknowledged(storm, log);
  compareBrought(storm, log);
  const restores = log.filter(({ name }) => name === '$restore');
  // Each epoch began with a restore or an import, and nobody goes back to an earlier one.
  const known = new Set([
    ...storm.epochs,
    ...restores.flatMap(({ args }) => (args['epoch'] ? [String(args['epoch'])] : [])),
  ]);
  for (const { epochs } of storm.writers)
    expect([...known].filter((each) => epochs.has(each)).toSorted()).toEqual([...epochs]);
  console.info(
    `${log.length} changes, ${restores.length} restores, ${known.size} epochs, ${storm.again} acts again, pushed ${storm.writers.map(({ keys }) => keys.length)} ` +
      `not acknowledged at once ${JSON.stringify(storm.pushers.map(({ refused }) => refused))}`,
  );
};

describe('under load', () => {
  it('[L12] [L13] [L14] [A13] [Q1] [Q2] [Q3] restores, forks, diffs, revocations: nothing is lost, nothing comes twice', async () => {
    await weather([
      ...(['restore', 'restore', 'restores together', 'restore by time'] as const),
      ...(['restore backup', 'fork', 'fork of now', 'diff', 'diff', 'revoke', 'revoke', 'abort'] as const),
    ]);
  });

  it('[L6] [L12] [L13] [Q2] [Q3] an import takes back what came after its backup, and nothing else', async () => {
    await weather(['import', 'restore', 'import', 'fork', 'restore backup', 'diff', 'abort']);
  });
});
