import type { Definition } from '../core/definition.ts';
import { WAIT_SECONDS_MAX } from '../protocol/limits.ts';
import type { Version } from '../protocol/version.ts';
import { type LightClient, SESSIONS } from './client-api.ts';
import { PUSH_BACKOFF, retryDelay } from './platform/backoff.ts';
import { pause } from './platform/pause.ts';
import { ProblemError } from './platform/problem-error.ts';
import { isTransient } from './push/push-result.ts';
import { isRefusal } from './state/loaded.ts';
import type { Confirmed } from './state/state-update.ts';
import type { SyncHost, TabContext } from './sync/sync-host.ts';
import { type PollResult, parsePollResponse, pollHeaders } from './transport/state-response.ts';

/** An answer may take so many ms, also one that the server was asked to wait with. */
const TIMEOUT_MS = (WAIT_SECONDS_MAX + 10) * 1_000;

/** What a refresh is for. */
export interface RefreshOptions {
  /** Whether to have the queue applied first: all pushes of anybody that were acknowledged before are in it [S6]. */
  readonly drain?: boolean;
  /** The lowest version that will do [S7], such as the `seq` of a receipt. */
  readonly minVersion?: number;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the state of a client at once: over HTTP, whatever its transport. Resolves when `confirmed` contains what was asked
 * for; by default that is the newest version. Goes on trying while the server cannot be reached.
 *
 * @throws ProblemError when the server refuses it, and after `close`; the reason of the signal when that is aborted
 *
 * @example
 * await refresh(client, { drain: true }); // everything that anybody's push was acknowledged for before
 */
export const refresh = async <Kind extends Definition, State>(
  client: LightClient<Kind, State>,
  { signal, ...wanted }: RefreshOptions = {},
): Promise<void> => {
  const session = SESSIONS.get(client);
  if (session === undefined) throw new TypeError('This is not a client.');
  const ending = new AbortController();
  const signals = [session.closing.signal, signal].filter((each) => each !== undefined);
  const end = (): void => ending.abort(signals.find(({ aborted }) => aborted)?.reason);
  for (const each of signals) each.addEventListener('abort', end);
  if (signals.some(({ aborted }) => aborted)) end();
  try {
    await refreshUntil(session, wanted, ending.signal);
  } finally {
    for (const each of signals) each.removeEventListener('abort', end);
  }
};

type RefreshTarget = Pick<TabContext, 'http' | 'environment' | 'local'> & { readonly host: Pick<SyncHost, 'receive'> };

const refreshUntil = async (session: RefreshTarget, wanted: RefreshOptions, signal: AbortSignal): Promise<void> => {
  const { http, environment, local, host } = session;
  let known = local.confirmed;
  for (let failures = 1; ; failures += 1) {
    const result = await readOnce(http, known, wanted, signal);
    if (result.kind === 'update') host.receive(result.update);
    if (isDone(result, session, wanted)) return;
    const hasFailed = result.kind === 'failed';
    // Something else has moved the state meanwhile, or a patch did not fit: the whole state always does.
    known = hasFailed ? local.confirmed : undefined;
    const pauseMs = retryDelay(PUSH_BACKOFF, failures, environment.random(), hasFailed ? result.retryAfterMs : 0);
    await pause(environment, pauseMs, signal);
  }
};

/** @throws ProblemError for a refusal */
const isDone = (result: PollResult, { http, local }: RefreshTarget, { minVersion = 0 }: RefreshOptions): boolean => {
  if (result.kind !== 'failed') return contains(local.confirmed, result.position);
  if (minVersion === 0 && http.awaitsCreation(result.problem)) return true;
  if (!isTransient(result.problem) || isRefusal(result.problem, http.tokens)) throw new ProblemError(result.problem);
  return false;
};

const contains = (confirmed: Version | undefined, read: Version | undefined): boolean =>
  confirmed !== undefined && confirmed.epoch === read?.epoch && confirmed.version >= read.version;

/** @throws the reason of the signal */
const readOnce = async (
  http: TabContext['http'],
  known: Confirmed | undefined,
  { drain = false, minVersion = 0 }: RefreshOptions,
  signal: AbortSignal,
): Promise<PollResult> => {
  signal.throwIfAborted();
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  signal.addEventListener('abort', abort);
  // With a version that is reached already, a wait would be one for the next.
  const isAwaited = minVersion > (known?.version ?? 0);
  const prefer = [...(drain ? ['drain'] : []), ...(isAwaited ? [`wait=${WAIT_SECONDS_MAX}`] : [])].join(', ');
  const headers = { ...pollHeaders(known, prefer), ...(isAwaited && { 'Min-Version': `${minVersion}` }) };
  const answer = await http.call({ path: `/state${http.query}`, headers, controller, timeoutMs: TIMEOUT_MS });
  signal.removeEventListener('abort', abort);
  signal.throwIfAborted();
  return parsePollResponse(answer, known, http.part);
};
