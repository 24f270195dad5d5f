import * as v from 'valibot';
import type { DeletedApplication, DeletedList as DeletedListAnswer, Summary } from '../../../protocol/answers.ts';
import { COUNT, TIME } from './change-schemas.ts';

// The forms of answers about applications.

/** What an operator needs to know first of an application [C1] [C3]. */
export const Info = v.object({
  owner: v.string(),
  app: v.string(),
  kind: v.string(),
  epoch: v.string(),
  version: COUNT,
  head: COUNT,
  etag: v.string(),
  definition: v.object({ state: COUNT, deployed: v.nullable(COUNT) }),
  createdAt: TIME,
  createdBy: v.string(),
  lastChangeAt: v.nullable(TIME),
  queue: v.object({ changes: COUNT, bytes: COUNT, lag: v.pipe(COUNT, v.description('ms')) }),
  sizes: v.pipe(v.object({ state: COUNT, log: COUNT, database: COUNT }), v.description('bytes')),
  history: v.object({ oldest: COUNT }),
  clients: COUNT,
  rejections: v.object({ listed: COUNT, failures: COUNT, forgotten: COUNT }),
  public: v.pipe(v.boolean(), v.description('Whether everybody may read the state without a token')),
  held: v.nullable(v.pipe(v.string(), v.description('Why queued changes wait for another deployment'))),
  cost: v.object({
    since: TIME,
    requests: COUNT,
    messages: COUNT,
    alarms: COUNT,
    rowsRead: COUNT,
    rowsWritten: COUNT,
    awakeMs: COUNT,
    storedBytes: COUNT,
    dollars: v.number(),
    dollarsPerMonthStored: v.number(),
    prices: v.object({ name: v.string(), date: v.string() }),
  }),
  budget: v.object({ rowsToday: budget(), changesThisMinute: budget() }),
});

function budget() {
  return v.object({ limit: v.nullable(COUNT), used: v.number() });
}

/** A page of an owner's applications [L4]. */
export const ApplicationList = v.object({
  applications: v.array(
    v.union([
      v.object({
        app: v.string(),
        kind: v.string(),
        version: COUNT,
        epoch: v.string(),
        createdAt: v.exactOptional(v.nullable(TIME)),
        lastChangeAt: v.nullable(TIME),
      }) satisfies v.GenericSchema<Summary>,
      v.object({ app: v.string() }),
    ]),
  ),
  next: v.exactOptional(v.pipe(v.string(), v.description('`after` of the next page'))),
});

/** The applications of an owner that can be undeleted [L18]. */
export const DeletedList = v.object({
  applications: v.array(
    v.object({
      app: v.string(),
      kind: v.string(),
      epoch: v.string(),
      deletedAt: TIME,
      until: v.pipe(TIME, v.description('When it ends for good')),
      bytes: COUNT,
    }) satisfies v.GenericSchema<DeletedApplication>,
  ),
}) satisfies v.GenericSchema<DeletedListAnswer>;
