import { createHash } from 'node:crypto';
import { type Api, ProblemError } from '../../src/api/index.ts';
import type { Json } from '../../src/protocol/json.ts';
import { readable } from './exchanges.ts';
import { OPERATED, type Senders } from './operated-data.ts';
import { until } from './wait.ts';

// What is asked of a deployment, and done with it, by the commit that wrote a fixture and by later ones.

type Questions = Readonly<Record<string, () => Promise<unknown>>>;

/** The answers, in the order of the questions. */
export const answersTo = async (questions: Questions): Promise<Record<string, Json>> => {
  const answers: Record<string, Json> = {};
  for (const [name, ask] of Object.entries(questions))
    answers[name] = readable(JSON.parse(JSON.stringify(await ask())) as Json);
  return answers;
};

const all = async <Entry>(pages: AsyncIterable<Entry>): Promise<Entry[]> => {
  const entries: Entry[] = [];
  for await (const each of pages) entries.push(each);
  return entries;
};

const refusal = (call: Promise<unknown>): Promise<unknown> =>
  call.catch((error: unknown) => (error instanceof ProblemError ? error.name : String(error)));

/** Changes nothing, but for the counts of what operators have read: those are asked first. */
export const reading = ({ alice, bob, carol, operator, nobody }: Senders): Questions => ({
  'reads of operators': () => all(operator.auditedReads()),
  'acts of operators': () => all(operator.audit()),
  'log of alice': () => all(alice.ownerAudit('alice')),
  'log of bob': () => all(operator.ownerAudit('bob')),
  'deleted of alice': () => alice.deletedApplications('alice'),
  'deleted of bob': () => bob.deletedApplications('bob'),
  'applications of alice': () => listed(alice, 'alice'),
  'applications of bob': () => listed(bob, 'bob'),
  owners: async () => (await all(operator.owners())).map(({ owner }) => owner),
  'used by carol': () => all(carol.shared()),
  'a revoked token': () => refusal(nobody.shared().page()),
  'open to everybody': async () => (await bob.application(OPERATED.open).info()).public,
  backups: () => all(operator.backups.list()),
  'backups of one': () => all(operator.backups.list({ application: OPERATED.changed })),
  'contents of backups': () => contents(operator),
  progress: () => operator.backups.status(),
});

/** Without what applications may tell after the start. */
const listed = async (api: Api, owner: string) =>
  (await all(api.applications(owner))).map((each) => ({ ...each, version: undefined, lastChangeAt: undefined }));

const stateOf = async (api: Api, name: string): Promise<Json> => {
  const answer = await api.application(name).state({ drain: true });
  return answer.state;
};

const contents = async (operator: Api): Promise<string[]> => {
  const digests: string[] = [];
  for (const { id } of await all(operator.backups.list())) {
    const bytes = await new Response(await operator.backups.read(id)).bytes();
    digests.push(createHash('sha256').update(bytes).digest('hex'));
  }
  return digests;
};

/** All that an application has, without what depends on when it was asked. */
const seen = async (api: Api, name: string) => {
  const application = api.application(name);
  const state = await stateOf(api, name);
  const { kind, version, public: isPublic } = await application.info();
  const log = (await all(application.log())).map(({ appliedAt: _, ...entry }) => entry);
  const { rejections } = await application.rejections();
  const oldest = log[0]?.seq ?? 0;
  const past = await refusal(application.state({ at: oldest }).then((answer) => answer.state));
  const shown = { count: log.length, oldest, last: log.slice(-5) };
  return { kind, version, isPublic, state, log: shown, rejections, past };
};

/** Acts, each of which goes on with what the ones before it have left. */
export const acting = ({ alice, bob, operator }: Senders): Questions => {
  const undeleted = (name: string, epoch?: string) => async () => {
    await alice.application(name).undelete(epoch === undefined ? {} : { epoch });
    return seen(alice, name);
  };
  const next = (n: number, id: string) =>
    refusal(
      alice
        .application(OPERATED.twice)
        .push({ name: 'add', args: { id, text: `Buy ${id}` } }, { client: 'laptop', n, wait: 10 })
        .then(({ seq, repeated }) => ({ seq, repeated })),
    );
  return {
    'the second life is undeleted': undeleted(OPERATED.twice),
    'its client goes on': async () => [await next(2, 'more'), await next(3, 'third')],
    'the first life is undeleted by its epoch': async () => {
      await alice.application(OPERATED.twice).delete();
      const [first] = (await alice.deletedApplications('alice')).filter(({ app }) => app === 'twice');
      return undeleted(OPERATED.twice, first?.epoch)();
    },
    'several segments are undeleted': undeleted(OPERATED.long),
    'a migrated one is undeleted': undeleted(OPERATED.migrated),
    'a queue is undeleted': undeleted(OPERATED.waiting),
    'the name of a living one': () => refusal(alice.application(OPERATED.anew).undelete()),
    'it is deleted, too, and the older one undeleted': async () => {
      const [older] = (await alice.deletedApplications('alice')).filter(({ app }) => app === 'anew');
      await alice.application(OPERATED.anew).delete();
      return undeleted(OPERATED.anew, older?.epoch)();
    },
    'a purge': async () => {
      await alice.application(OPERATED.purged).purge();
      const deleted = await alice.deletedApplications('alice');
      const backups = await all(operator.backups.list({ application: OPERATED.purged }));
      const undelete = await refusal(alice.application(OPERATED.purged).undelete());
      return { deleted: deleted.map(({ app }) => app), backups, undelete };
    },
    'a state is restored from a backup': async () => {
      const [kept] = await all(operator.backups.list({ application: OPERATED.changed }));
      const backup = await new Response(await operator.backups.read(kept?.id ?? 0)).text();
      await bob.application(OPERATED.changed).restoreBackup(backup);
      return { state: await stateOf(bob, OPERATED.changed), log: (await seen(bob, OPERATED.changed)).log.count };
    },
    'a deleted one is made anew of a backup': async () => {
      const [kept] = await all(operator.backups.list({ application: OPERATED.gone }));
      await operator.application(OPERATED.gone).import(await operator.backups.read(kept?.id ?? 0));
      return seen(bob, OPERATED.gone);
    },
    'a verification': async () => {
      await operator.backups.verify();
      await until(async () => (await operator.backups.status()).verification?.isRunning === false);
      return (await all(operator.backups.list())).map(({ application, finding }) => ({ application, finding }));
    },
    'a run': async () => {
      await operator.backups.start();
      await until(async () => (await operator.backups.status()).run === null);
      const { lastRun } = await operator.backups.status();
      const unchanged = await all(operator.backups.list({ application: OPERATED.unchanged }));
      return { failed: lastRun?.failed, unchanged: unchanged.length };
    },
    'the logs go on': async () => ({
      alice: (await all(alice.ownerAudit('alice'))).map(({ id, what, target, outcome }) => ({
        id,
        what,
        target,
        outcome,
      })),
      operators: (await all(operator.audit())).map(({ id, what, outcome }) => ({ id, what, outcome })),
    }),
  };
};
