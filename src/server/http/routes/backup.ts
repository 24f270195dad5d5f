import { applicationName } from '../../../protocol/ids.ts';
import { IMPORT_BYTES_MAX } from '../../../protocol/limits.ts';
import { callOnce } from '../object/call-application.ts';
import { streamBody } from '../request/body.ts';
import { type Ctx, requireRole, senderName, senderOf, unwrap } from '../request/context.ts';
import { problemResponse, respond } from '../response/response.ts';
import { answerCreate } from './applications.ts';

const NDJSON = 'application/x-ndjson';

/** `GET …/export` [L6]. */
export const exportApplication = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'admin');
  const exported = await callOnce(c.env, application, (stub) => stub.exportBackup(...senderOf(c, application)));
  if (exported.kind === 'refused') return problemResponse(exported.problem, { position: exported.position });
  const name = `${applicationName(application).replace('/', '-')}.ndjson`;
  const headers = { 'Content-Type': NDJSON, 'Content-Disposition': `attachment; filename="${name}"` };
  return respond({ status: 200, body: exported.stream, position: exported.position, headers });
};

/** `PUT …/import`: replaces the application, under a new epoch [L6]. */
export const importApplication = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'admin');
  const { stream } = unwrap(streamBody(c.req.raw, IMPORT_BYTES_MAX, [NDJSON] as const));
  const [, ...sender] = senderOf(c, application);
  return answerCreate(
    await callOnce(c.env, application, (stub) => stub.importBackup(senderName(c), stream, ...sender)),
  );
};
