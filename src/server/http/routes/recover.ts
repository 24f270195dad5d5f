import { ProblemError } from '../../../core/json/problem-error.ts';
import { type ApplicationId, applicationName } from '../../../protocol/ids.ts';
import { problem } from '../../../protocol/problems.ts';
import { RECOVERY_LOOK_MS, RECOVERY_WAIT_MS_MAX } from '../../../protocol/recovery-limits.ts';
import { inTime } from '../../rpc/in-time.ts';
import type { CreateAnswer } from '../../rpc/messages.ts';
import type { RemoteApplication } from '../../rpc/packing.ts';
import type { PlatformPoint } from '../../rpc/recovery.ts';
import { callOnce } from '../object/call-application.ts';
import { type Ctx, senderName, senderOf } from '../request/context.ts';
import { json, problemResponse } from '../response/response.ts';

/** Lets the platform bring the application back, and answers with what it then is [L19]. */
export const recoverApplication = async (
  c: Ctx,
  application: ApplicationId,
  point: PlatformPoint,
): Promise<Response> => {
  const [user, [, ...sender]] = [senderName(c), senderOf(c, application)];
  const begun = await callOnce(c.env, application, (stub) => stub.recover(point, user, ...sender));
  if (begun.kind === 'refused') return problemResponse(begun.problem, { position: begun.position });
  const recovered = await recoveredApplication(c, application);
  const undo = { from: 'platform', bookmark: begun.undo } as const;
  if (recovered === undefined) {
    const detail = `The recovery has begun, and the application does not answer yet. Its undo: ${JSON.stringify(undo)}.`;
    // Without a time to come back: a repeat would recover again, and have another undo.
    throw new ProblemError(problem('unavailable', detail));
  }
  if (recovered.kind === 'refused') {
    const { name, detail, ...cure } = recovered.problem;
    return problemResponse(problem(name, `${detail} The undo of the recovery: ${JSON.stringify(undo)}.`, cure));
  }
  const body = JSON.stringify({ ...(JSON.parse(recovered.body) as object), undo });
  return json(200, body, { position: recovered.position });
};

/** What the next instance answers; undefined when the time is over. That the one before fails is its end. */
const recoveredApplication = async (c: Ctx, application: ApplicationId): Promise<CreateAnswer | undefined> => {
  const end = Date.now() + RECOVERY_WAIT_MS_MAX;
  while (Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, RECOVERY_LOOK_MS));
    const answer = await lookAt(c, application, end - Date.now());
    if (answer !== undefined) return answer;
  }
  return undefined;
};

const lookAt = async (c: Ctx, application: ApplicationId, ms: number): Promise<CreateAnswer | undefined> => {
  try {
    // A new stub each time: after the end of an instance the old one always fails.
    const stub = c.env.APPLICATION.getByName(applicationName(application)) as unknown as RemoteApplication;
    const answer = await inTime(stub.recovered(), Math.max(1, ms));
    return answer.kind === 'pending' ? undefined : answer;
  } catch {
    return undefined;
  }
};
