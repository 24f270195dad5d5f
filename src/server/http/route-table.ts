import { alsoForOperators, operatorRoute } from './operator/operator-route.ts';
import { type Handler, unwrap } from './request/context.ts';
import { readQuery } from './request/query.ts';
import { createApplication, deleteApplication, getInfo, getTicket, listApplications } from './routes/applications.ts';
import { getAudit, getAuditedReads } from './routes/audit.ts';
import { exportApplication, importApplication } from './routes/backup.ts';
import { discardRejection, getLog, getRejections, retryRejection } from './routes/log-and-rejections.ts';
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

// What operators may do over all owners, as the audit log names it [A10] [A11].
const READ_AUDIT = { form: 'read', what: 'audit' } as const;
const LIST = { form: 'read', what: 'list-applications' } as const;
const READ_INFO = { form: 'read', what: 'info' } as const;
const EXPORT = { form: 'act', what: 'export' } as const;
const IMPORT = { form: 'act', what: 'import' } as const;
const DELETE = { form: 'act', what: 'delete' } as const;

const APP = '/v1/apps/:owner/:app';

/** All routes under `/v1`, with their handlers by method. */
export const routes: readonly (readonly [path: string, handlers: Readonly<Partial<Record<Method, Handler>>>])[] = [
  ['/v1/audit', { GET: operatorRoute(READ_AUDIT, getAudit) }],
  ['/v1/audit/reads', { GET: operatorRoute(READ_AUDIT, getAuditedReads) }],
  ['/v1/apps/:owner', { GET: alsoForOperators('reader', LIST, listApplications) }],
  [
    APP,
    {
      GET: withoutQuery(alsoForOperators('reader', READ_INFO, getInfo)),
      PUT: withoutQuery(createApplication),
      DELETE: withoutQuery(alsoForOperators('admin', DELETE, deleteApplication)),
    },
  ],
  [`${APP}/changes`, { POST: withoutQuery(postChange) }],
  [`${APP}/changes/:client`, { PUT: withoutQuery(putBatch) }],
  [`${APP}/changes/:client/:n`, { PUT: withoutQuery(putChange), GET: withoutQuery(getTicket) }],
  [`${APP}/state`, { GET: getState }],
  [`${APP}/socket`, { GET: withoutQuery(openSocket) }],
  [`${APP}/log`, { GET: getLog }],
  [`${APP}/rejections`, { GET: withoutQuery(getRejections) }],
  [`${APP}/rejections/:seq`, { DELETE: withoutQuery(discardRejection) }],
  [`${APP}/rejections/:seq/retry`, { POST: withoutQuery(retryRejection) }],
  [`${APP}/export`, { GET: withoutQuery(alsoForOperators('admin', EXPORT, exportApplication)) }],
  [`${APP}/import`, { PUT: withoutQuery(alsoForOperators('admin', IMPORT, importApplication)) }],
];
