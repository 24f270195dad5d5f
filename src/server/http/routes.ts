import { createApplication, deleteApplication, getInfo, getTicket, listApplications } from './applications.ts';
import { exportApplication, importApplication } from './backup.ts';
import type { Ctx } from './context.ts';
import { discardRejection, getLog, getRejections, retryRejection } from './history.ts';
import { getState } from './poll.ts';
import { postChange, putBatch, putChange } from './push.ts';

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';
type Handler = (c: Ctx) => Response | Promise<Response>;

const APP = '/v1/apps/:owner/:app';

/** Everything under `/v1`: the whole wire contract at a glance. */
export const routes: readonly (readonly [path: string, handlers: Readonly<Partial<Record<Method, Handler>>>])[] = [
  ['/v1/apps/:owner', { GET: listApplications }],
  [APP, { GET: getInfo, PUT: createApplication, DELETE: deleteApplication }],
  [`${APP}/changes`, { POST: postChange }],
  [`${APP}/changes/:client`, { PUT: putBatch }],
  [`${APP}/changes/:client/:n`, { PUT: putChange, GET: getTicket }],
  [`${APP}/state`, { GET: getState }],
  [`${APP}/log`, { GET: getLog }],
  [`${APP}/rejections`, { GET: getRejections }],
  [`${APP}/rejections/:seq`, { DELETE: discardRejection }],
  [`${APP}/rejections/:seq/retry`, { POST: retryRejection }],
  [`${APP}/export`, { GET: exportApplication }],
  [`${APP}/import`, { PUT: importApplication }],
];
