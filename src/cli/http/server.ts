import { type Api, apiOf, requesterOf } from '../../api/api.ts';
import type { Retry } from '../../api/call.ts';
import { isNotListening } from '../../api/failed-attempt.ts';
import type { Requester } from '../../api/requester.ts';
import { ProblemError } from '../../client/platform/problem-error.ts';
import type { CommandError } from '../command-line/command-error.ts';
import type { Connection } from './connection.ts';
import { failureOf, isUntrusted } from './failures.ts';

/** What a command asks a server by. */
export interface Server {
  readonly api: Api;
  /** For a body that must be sent as it was written. */
  readonly requester: Requester;
}

/** Does the work of a command with a server. @throws CommandError where the server has a problem, or none answers */
export const withServer = async (connection: Connection, work: (server: Server) => Promise<void>): Promise<void> => {
  const { url, token, timeoutMs: retryMs } = connection;
  const requester = requesterOf({ url, token, retryMs, onRetry: retrying(connection) });
  try {
    await work({ requester, api: apiOf(requester) });
  } catch (error) {
    throw error instanceof ProblemError ? failureOf(error, connection) : error;
  }
};

/**
 * Tells of long pauses, once for each request. It does not wait for long where no server listens, and not at all where
 * nobody trusts its certificate.
 */
const retrying = (connection: Connection): ((retry: Retry) => void) => {
  let isReported = false;
  return ({ error, attempt, passedMs, pauseMs, retryMs }) => {
    if (isUntrusted(error)) throw error;
    const isNew = isNotListening(error.cause) && Number.isFinite(retryMs);
    if (isNew && passedMs + pauseMs > connection.startMs) throw error;
    isReported &&= attempt > 1;
    if (pauseMs > 1_000 && !isReported) {
      isReported = true;
      console.error(`${firstLine(failureOf(error, connection))} Trying again ...`);
    }
  };
};

const firstLine = ({ message }: CommandError): string => message.split('\n', 1)[0] ?? '';
