import { type Handler, need } from './request/context.ts';
import { readQuery } from './request/query.ts';
import { createApplication, deleteApplication, getInfo, getTicket, listApplications } from './routes/applications.ts';
import { exportApplication, importApplication } from './routes/backup.ts';
import { discardRejection, getLog, getRejections, retryRejection } from './routes/log-and-rejections.ts';
import { postChange, putBatch, putChange } from './routes/push.ts';
import { openSocket } from './routes/socket.ts';
import { getState } from './routes/state.ts';

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

/** A parameter where none is known is refused: `DELETE …?dryRun=true` must not delete [J10]. */
const plain =
  (handler: Handler): Handler =>
  (c) => {
    need(readQuery(c.get('search'), {}));
    return handler(c);
  };

const APP = '/v1/apps/:owner/:app';

/** Everything under `/v1`: the whole wire contract at a glance. */
export const routes: readonly (readonly [path: string, handlers: Readonly<Partial<Record<Method, Handler>>>])[] = [
  ['/v1/apps/:owner', { GET: listApplications }],
  [APP, { GET: plain(getInfo), PUT: plain(createApplication), DELETE: plain(deleteApplication) }],
  [`${APP}/changes`, { POST: plain(postChange) }],
  [`${APP}/changes/:client`, { PUT: plain(putBatch) }],
  [`${APP}/changes/:client/:n`, { PUT: plain(putChange), GET: plain(getTicket) }],
  [`${APP}/state`, { GET: getState }],
  [`${APP}/socket`, { GET: plain(openSocket) }],
  [`${APP}/log`, { GET: getLog }],
  [`${APP}/rejections`, { GET: plain(getRejections) }],
  [`${APP}/rejections/:seq`, { DELETE: plain(discardRejection) }],
  [`${APP}/rejections/:seq/retry`, { POST: plain(retryRejection) }],
  [`${APP}/export`, { GET: plain(exportApplication) }],
  [`${APP}/import`, { PUT: plain(importApplication) }],
];
