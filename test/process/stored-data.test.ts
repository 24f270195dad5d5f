import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { applyPatch } from 'rfc6902';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../src/protocol/json.ts';
import type { ProblemBody } from '../../src/protocol/problems.ts';
import { answerTo, ask, patchFrom, type Question, rowsWritten, withoutTitles } from '../support/exchanges.ts';
import { Served } from '../support/served.ts';
import { backupOf, expectedOf, fixtures, ROLES, type Theme, unpacked } from '../support/stored-data.ts';
import { until } from '../support/wait.ts';

/** Longer than an alarm waits until it tries again. */
const QUIET_MS = 2_000;

/** When something was written into one of the databases of a folder, ms since 1970. */
const lastWrite = (folder: string): number => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.includes('.sqlite'));
  return Math.max(...files.map((file) => statSync(join(folder, file), { throwIfNoEntry: false })?.mtimeMs ?? 0));
};

const LONG = 'no bucket without a change '.repeat(7_500);

interface Info {
  readonly version: number;
  readonly history: { readonly oldest: number };
  readonly cost: { readonly rowsRead: number };
}

interface Log {
  readonly entries: readonly { readonly appliedAt: number }[];
}

// What is stored is a contract: whatever an older commit has written is read by this one as it was.
describe.each(fixtures())('what commit %s has stored', (fixture) => {
  const expected = expectedOf(fixture);
  let [folder, begun] = ['', 0];
  let served: Served;

  beforeAll(async () => {
    folder = unpacked(fixture);
    served = await Served.on(folder);
    begun = Date.now();
    await served.start();
  });
  afterAll(() => served.end());

  /** Asks again what was asked then. Answers may have got more members since; a state may not. */
  const isAsItWas = async (theme: Theme): Promise<void> => {
    expect(expected[theme].length).toBeGreaterThan(0);
    for (const { question, answer } of expected[theme])
      expect(withoutTitles(await answerTo(served.url, question)), labelOf(question)).toMatchObject(
        withoutTitles(answer),
      );
  };
  const read = async <T extends object>(path: string): Promise<T> =>
    (await ask(served.url, { path })).json() as Promise<T>;
  /** The n with which a client of then went on. */
  const nextOf = (path: string, client: string): number => {
    const place = `${path}/changes/${client}/`;
    const { question } = expected.next.find((each) => each.question.path.startsWith(place)) ?? {};
    return Number(question?.path.slice(place.length));
  };
  const push = (path: string, name: string, args: Json, headers: Question['headers']): Question => ({
    ...{ method: 'PUT', path, body: JSON.stringify({ name, args }) },
    headers: { 'Content-Type': 'application/json', ...headers },
  });
  const snapshot = () =>
    Promise.all(expected.states.map(({ question }) => answerTo(served.url, { ...question, isLong: true })));

  it('[D2] [D5] what waited in the queue is applied without a request that asks for it', async () => {
    await until(() => {
      const written = lastWrite(folder);
      return written > begun && Date.now() - written > QUIET_MS;
    });
    const asked = Date.now();
    await isAsItWas('queued');
    const { entries } = await read<Log>(`${ROLES.waiting}/log`);
    expect(entries.length).toBe(5);
    expect(entries.at(-1)?.appliedAt).toBeLessThan(asked);
  });

  it('[D7] [S1] [S10] every state has the content and the etag that it had', () => isAsItWas('states'));

  it('[S8] every past is what it was, as far back as it reached', () => isAsItWas('past'));

  it('[S3] [S4] a reader that has stayed away since then gets a patch that leads to the present', async () => {
    for (const [path, etags] of Object.entries(expected.patches)) {
      const present = await ask(served.url, { path: `${path}/state` });
      const state = (await present.json()) as Json;
      for (const etag of etags) {
        const answer = await ask(served.url, patchFrom(path, etag));
        expect([answer.status, answer.headers.get('ETag')], etag).toEqual([226, present.headers.get('ETag')]);
        const past = await read<object>(`${path}/state?at=${/\d+(?="$)/.exec(etag)?.[0]}`);
        expect(applyPatch(past, await answer.json()).filter((error) => error !== null)).toEqual([]);
        expect(past, etag).toEqual(state);
      }
    }
  });

  it('[O1] [O2] every ticket tells what it told', () => isAsItWas('tickets'));

  // 9bd320b knew no skips.
  if (expected.stored['sender with a skip'] !== undefined)
    it('[O2] the first change of a client is found by the skips of then, in fewer rows than it has changes', async () => {
      const rowsRead = async () => (await read<Info>(ROLES.long)).cost.rowsRead;
      const ticket = { path: `${ROLES.long}/changes/laptop/1` };
      const before = await rowsRead();
      expect(await answerTo(served.url, ticket)).toMatchObject({ status: 200, body: { n: 1, status: 'applied' } });
      expect(await rowsRead()).toBeLessThan(before + nextOf(ROLES.long, 'laptop') - 1);
    });

  it('[L5] [L7] the log has its entries, page by page, with the migrations', () => isAsItWas('logs'));

  it('[O3] [O4] rejections and dead letters are listed with their reasons', () => isAsItWas('rejections'));

  it('[L4] [L8] owners have their applications, and these their age, epoch and clients', async () => {
    await isAsItWas('infos');
    await isAsItWas('lists');
  });

  it('[C1] what was written down as spent is not forgotten', async () => {
    for (const [path, rows] of Object.entries(expected.rowsWritten))
      expect(await rowsWritten(served.url, path), path).toBeGreaterThanOrEqual(rows);
  });

  it('[L9] [Q2] [Q3] [Q4] [Q6] [Q7] [Q8] [Q12] [Q14] [Q16] [Q18] what is pushed again is known again, and changes nothing', async () => {
    const before = await snapshot();
    await isAsItWas('repeats');
    expect(await snapshot()).toEqual(before);
  });

  it('[L6] a backup of then is imported, with its clients and rejections', async () => {
    const path = '/carol/restored';
    const headers = { 'Content-Type': 'application/x-ndjson' };
    const imported = await ask(served.url, { method: 'PUT', path: `${path}/import`, headers, body: backupOf(fixture) });
    expect(imported.ok, await imported.text()).toBe(true);
    const then = (theme: Theme, rest: string) =>
      expected[theme].find(({ question }) => question.path === ROLES.backedUp + rest)?.answer;
    const [state, rejections] = [then('states', '/state'), then('rejections', '/rejections')];
    expect(await answerTo(served.url, { path: `${path}/state` })).toMatchObject({ digest: state?.digest });
    const listed = withoutTitles(await answerTo(served.url, { path: `${path}/rejections` }));
    expect(listed).toMatchObject({ body: withoutTitles(rejections?.body) });
    const n = nextOf(ROLES.backedUp, 'laptop');
    const next = push(`${path}/changes/laptop/${n}`, 'add', { id: 'restored', text: 'Go on' }, { Prefer: 'wait=10' });
    expect(await (await ask(served.url, next)).json()).toMatchObject({ n, status: 'applied' });
  });

  it('[L2] [L3] [O4] [Q2] [Q5] every client goes on with its next n, and every application with its next seq', () =>
    isAsItWas('next'));

  it('[L8] [S8] [D10] an application goes on to new checkpoints, which end the history of then', async () => {
    const path = ROLES.growing;
    const { version } = await read<Info>(path);
    const state = await read<object>(`${path}/state`);
    const n = nextOf(path, 'laptop') + 1;
    for (let i = 0; i < 8; i += 1) {
      const args = { long: i + LONG };
      const next = push(`${path}/changes/laptop/${n + i}`, 'merge', args, { Prefer: 'wait=10' });
      expect(await answerTo(served.url, next)).toMatchObject({ status: 200, body: { status: 'applied' } });
    }
    expect((await read<Info>(path)).history.oldest).toBeGreaterThan(version);
    expect((await read<ProblemBody>(`${path}/state?at=${version}`)).type).toBe(
      'urn:changebucket:problem:history-expired',
    );
    expect(await read(`${path}/state`)).toEqual({ ...state, long: 7 + LONG });
  });

  it('[D2] [D7] [Q1] [Q3] a kill leaves all of it as it is, with what was acknowledged last', async () => {
    const before = await snapshot();
    const n = nextOf(ROLES.waiting, 'phone') + 1;
    const last = push(`${ROLES.waiting}/changes/phone/${n}`, 'add', { id: 'last', text: 'Before the kill' }, {});
    const receipt = await answerTo(served.url, last);
    expect(receipt.status).toBe(202);
    await served.end();
    await served.start();
    expect(await snapshot()).toEqual(before);
    const again = (await answerTo(served.url, last)).body;
    expect(again).toMatchObject({ seq: (receipt.body as { seq: number }).seq, repeated: true });
    const drained = await ask(served.url, { path: `${ROLES.waiting}/state`, headers: { Prefer: 'drain' } });
    expect(await drained.json()).toMatchObject({ items: { last: { text: 'Before the kill' } } });
  });
});

const labelOf = ({ method = 'GET', path }: Question): string => `${method} ${path}`;
