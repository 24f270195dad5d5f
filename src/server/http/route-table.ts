import { type Handler, unwrap } from './request/context.ts';
import { readQuery } from './request/query.ts';
import { createApplication, deleteApplication, getInfo, getTicket, listApplications } from './routes/applications.ts';
import { exportApplication, importApplication } from './routes/backup.ts';
import { discardRejection, getLog, getRejections, retryRejection } from './routes/log-and-rejections.ts';
import { diffVersions, forkApplication, restoreApplication } from './routes/past.ts';
import { postChange, putBatch, putChange } from './routes/push.ts';
import { openSocket } from './routes/socket.ts';
import { getState } from './routes/state.ts';

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

/** Refuses any query: `DELETE …?dryRun=true` must not delete [J10]. */
const withoutQuery =
  (handler: Handler): Handler =>
  (c) => {
    unwrap(readQuery(c.get('search'), {}));
    return handler(c);
  };

const APP = '/v1/apps/:owner/:app';

/** All routes under `/v1`, with their handlers by method. */
export const routes: readonly (readonly [path: string, handlers: Readonly<Partial<Record<Method, Handler>>>])[] = [
  ['/v1/apps/:owner', { GET: listApplications }],
  [APP, { GET: withoutQuery(getInfo), PUT: withoutQuery(createApplication), DELETE: withoutQuery(deleteApplication) }],
  [`${APP}/changes`, { POST: withoutQuery(postChange) }],
  [`${APP}/changes/:client`, { PUT: withoutQuery(putBatch) }],
  [`${APP}/changes/:client/:n`, { PUT: withoutQuery(putChange), GET: withoutQuery(getTicket) }],
  [`${APP}/state`, { GET: getState }],
  [`${APP}/socket`, { GET: withoutQuery(openSocket) }],
  [`${APP}/log`, { GET: getLog }],
  [`${APP}/rejections`, { GET: withoutQuery(getRejections) }],
  [`${APP}/rejections/:seq`, { DELETE: withoutQuery(discardRejection) }],
  [`${APP}/rejections/:seq/retry`, { POST: withoutQuery(retryRejection) }],
  [`${APP}/export`, { GET: withoutQuery(exportApplication) }],
  [`${APP}/import`, { PUT: withoutQuery(importApplication) }],
  [`${APP}/restore`, { POST: withoutQuery(restoreApplication) }],
  [`${APP}/fork`, { POST: withoutQuery(forkApplication) }],
  [`${APP}/diff`, { GET: diffVersions }],
];
