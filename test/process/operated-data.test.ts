import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../src/protocol/json.ts';
import { withoutTitles } from '../support/exchanges.ts';
import { acting, answersTo, reading } from '../support/operated-answers.ts';
import {
  OPERATED,
  operatedBy,
  operatedFixtures,
  type Senders,
  sendersTo,
  serveOperation,
  unpackedOperation,
} from '../support/operated-data.ts';
import type { Served } from '../support/served.ts';

// What the operation of a deployment has stored is a contract, too: whatever an older commit has kept can be brought back.
describe.each(operatedFixtures())('what commit %s has stored for its operators and owners', (fixture) => {
  const { read, done } = operatedBy(fixture);
  const folder = unpackedOperation(fixture);
  let served: Served;
  let senders: Senders;

  beforeAll(async () => {
    served = await serveOperation(folder);
    await served.start();
    senders = await sendersTo(served.url);
  });
  afterAll(() => served.end());

  /** Answers may have got more members since. */
  const areAsTheyWere = (answers: Readonly<Record<string, Json>>, then: Readonly<Record<string, Json>>): void => {
    expect(Object.keys(then).length).toBeGreaterThan(10);
    for (const [name, answer] of Object.entries(then))
      expect({ [name]: withoutTitles(answers[name]) }).toMatchObject({ [name]: withoutTitles(answer) });
  };
  const filesOf = (application: string): string[] =>
    readdirSync(join(folder, 'backups'), { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.startsWith(`${application}/`),
    );

  it('[A11] [A13] [A14] [L4] [L16] [K5] [K6] audit logs, revocations, deleted applications and backups are read as they were', async () => {
    areAsTheyWere(await answersTo(reading(senders)), read);
  });

  it('[L12] [L16] [L17] [K1] [K6] what was deleted comes back, or is purged; a backup is restored; runs and logs go on', async () => {
    expect(filesOf(OPERATED.purged).length).toBe(2);
    areAsTheyWere(await answersTo(acting(senders)), done);
    expect(filesOf(OPERATED.purged)).toEqual([]);
  });
});
