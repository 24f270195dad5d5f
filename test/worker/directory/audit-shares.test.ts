import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { AUDIT_ACTS_MAX } from '../../../src/protocol/access-limits.ts';
import type { AuditedActor } from '../../../src/protocol/operator-answers.ts';
import { AuditLog } from '../../../src/server/directory/audit-log.ts';
import { Api, bearer, request } from '../../support/api.ts';
import { configured } from '../../support/other-environments.ts';

const OWNER = 'owner-of-shares';
const OWNERS_ACTS = 1_000;

/** Works on the storage of the owner's directory. */
const inside = <T>(work: (sql: SqlStorage) => T): Promise<T> =>
  runInDurableObject(configured.DIRECTORY.getByName(OWNER), (_: unknown, { storage }: DurableObjectState) =>
    work(storage.sql),
  );

/** A log as an earlier version has left it: full, the owner's acts first and then those of one helper. */
const fill = (sql: SqlStorage): void => {
  sql.exec(`CREATE TABLE acts (id INTEGER PRIMARY KEY, at INTEGER, subject TEXT, secret TEXT, what TEXT,
    target TEXT, request TEXT, outcome INTEGER)`);
  sql.exec(
    `WITH RECURSIVE ids(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < ?)
      INSERT INTO acts SELECT id, 1, iif(id <= ?, ?, 'helper'), NULL, 'restore', 'a/b', 'r', 404 FROM ids`,
    ...[AUDIT_ACTS_MAX, OWNERS_ACTS, OWNER],
  );
};

/** How many acts of each are kept. */
const kept = (): Promise<Record<string, number>> =>
  inside((sql) =>
    Object.fromEntries(
      sql
        .exec<{ who: string; acts: number }>(
          "SELECT coalesce(subject, 'operator') AS who, COUNT(*) AS acts FROM acts GROUP BY subject",
        )
        .toArray()
        .map(({ who, acts }) => [who, acts]),
    ),
  );

describe('[A11] a full audit log', () => {
  beforeAll(() => inside(fill));

  it('loses the oldest acts of whoever has most, failed or done, and no other one', async () => {
    const helper = new Api(`${OWNER}/nothing`, 'helper', { [`${OWNER}/*`]: 'admin' });
    for (let n = 0; n < 3; n += 1) expect((await helper.call('POST', '/restore', { version: 1 })).status).toBe(404);
    for (let n = 0; n < 2; n += 1) expect((await helper.call('POST', '/purge')).status).toBe(204);
    const helpers = AUDIT_ACTS_MAX - OWNERS_ACTS;
    expect(await kept()).toEqual({ [OWNER]: OWNERS_ACTS, helper: helpers });
    const first = await request(`/v1/subjects/${OWNER}/audit?limit=1`, { headers: await bearer(OWNER) });
    expect(first.body.entries).toMatchObject([{ id: 1, actor: { subject: OWNER }, outcome: 404 }]);
    const behind = await request(`/v1/subjects/${OWNER}/audit?after=${OWNERS_ACTS}&limit=1`, {
      headers: await bearer(OWNER),
    });
    expect(behind.body.entries).toMatchObject([{ id: OWNERS_ACTS + 6, actor: { subject: 'helper' } }]);
    expect((await new Api(`${OWNER}/nothing`, OWNER).call('POST', '/purge')).status).toBe(204);
    expect(await kept()).toEqual({ [OWNER]: OWNERS_ACTS + 1, helper: helpers - 1 });
  });

  it('reads and writes some rows for an act, however many there are and whoever they are of', async () => {
    const rows = await inside((sql) => {
      const cursors: SqlStorageCursor<never>[] = [];
      const exec = (statement: string, ...bindings: unknown[]) => {
        const cursor = sql.exec<never>(statement, ...bindings);
        cursors.push(cursor);
        return cursor;
      };
      const log = new AuditLog({ exec } as unknown as SqlStorage);
      const act = (actor: AuditedActor) =>
        log.beginAct({ actor, what: 'purge', target: `${OWNER}/nothing`, request: 'r' });
      // Counts what an earlier version has written, where no act before it has.
      act({ operator: true });
      cursors.splice(0);
      return [{ operator: true as const }, { subject: 'helper' }, { subject: OWNER }].map((actor) => {
        act(actor);
        const each = cursors.splice(0);
        const sum = (count: (cursor: SqlStorageCursor<never>) => number) =>
          each.reduce((total, cursor) => total + count(cursor), 0);
        return [sum(({ rowsRead }) => rowsRead), sum(({ rowsWritten }) => rowsWritten)] as const;
      });
    });
    expect(rows.length).toBe(3);
    for (const [read, written] of rows) {
      expect(read).toBeLessThan(40);
      expect(written).toBeLessThan(15);
    }
    const { operator, ...others } = await kept();
    expect(operator).toBe(2);
    expect(Object.values(others).reduce((sum, acts) => sum + acts, 2)).toBe(AUDIT_ACTS_MAX);
  });
});
