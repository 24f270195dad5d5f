import { ProblemError } from '../../../core/json/problem-error.ts';
import { backupSettings } from '../../backups/backup-settings.ts';
import { publicBackupStatus } from '../object/backup-status.ts';
import { type Ctx, unwrap } from '../request/context.ts';
import { type Parameter, readQuery } from '../request/query.ts';
import { json } from '../response/response.ts';

const flag: Parameter<true> = {
  expects: 'empty',
  schema: { type: 'string', enum: [''] },
  read: (text) => (text === '' ? true : undefined),
};

/** The query of the health check. */
export const HEALTH_QUERY = { backup: flag };

/** `GET /healthz`, and with `?backup` how old the oldest change may be that is in no backup [K4]. */
export const getHealth = async (c: Ctx): Promise<Response> => {
  const { backup } = unwrap(readQuery(c.get('search'), HEALTH_QUERY)).values;
  if (backup === undefined) return json(200, '{"status":"ok"}');
  const settings = backupSettings(c.env);
  const status = await publicBackupStatus(c);
  if ('name' in status) throw new ProblemError(status);
  if ('name' in settings) throw new ProblemError(settings);
  const age = Math.max(0, Date.now() - (status.coveredAt ?? status.since));
  const isLate = age > settings.lateMs;
  return json(
    isLate ? 503 : 200,
    JSON.stringify({ status: isLate ? 'late' : 'ok', backup: { age: Math.round(age / 1_000) } }),
  );
};
