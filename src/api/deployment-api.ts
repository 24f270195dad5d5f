import { ProblemError } from '../client/platform/problem-error.ts';
import type { BackupHealth } from '../protocol/backup-answers.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Health } from '../protocol/operator-answers.ts';
import { jsonOf, problemOf } from './answers.ts';
import { type BackupsApi, backupsApi } from './backups.ts';
import type { CallOptions } from './call.ts';
import type { Requester } from './requester.ts';

/** The calls about a deployment as a whole. */
export interface DeploymentApi {
  /** Its scheduled backups. For operators. */
  readonly backups: BackupsApi;
  /**
   * Whether it runs; with `backup` also how old the oldest change may be that is in no backup [K4]. For everybody.
   *
   * @throws ProblemError with `backup`: `not-configured` where the deployment makes no backups
   */
  health(options?: CallOptions & { readonly backup?: false }): Promise<Health>;
  health(options: CallOptions & { readonly backup: true }): Promise<BackupHealth>;
  /** The numbers of all applications, as text for Prometheus [G1]. For operators. `parseMetrics` makes samples of it. */
  metrics(options?: CallOptions): Promise<string>;
  /** The OpenAPI document of the version that runs there. For everybody. */
  openApi(options?: CallOptions): Promise<JsonObject>;
}

/** The calls over a requester. */
export const deploymentApi = (requester: Requester): DeploymentApi => ({
  backups: backupsApi(requester),
  health: healthOf(requester),
  metrics: async ({ signal } = {}) => (await requester.send({ path: '/metrics', signal })).text,
  openApi: async ({ signal } = {}) => jsonOf<JsonObject>(await requester.send({ path: '/openapi.json', signal })),
});

const healthOf = (requester: Requester): DeploymentApi['health'] => {
  function health(options?: CallOptions & { readonly backup?: false }): Promise<Health>;
  function health(options: CallOptions & { readonly backup: true }): Promise<BackupHealth>;
  async function health({ backup, signal }: CallOptions & { readonly backup?: boolean } = {}) {
    if (backup !== true) return jsonOf<Health>(await requester.send({ path: '/healthz', signal }));
    // Late backups are an answer, not a failure of the request.
    const answer = await requester.send({ path: '/healthz?backup', alsoStatus: 503, signal });
    const body = jsonOf<Partial<BackupHealth>>(answer);
    if (body.backup === undefined) throw new ProblemError(problemOf(answer));
    return body as BackupHealth;
  }
  return health;
};
