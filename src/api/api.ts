import { defaultEnvironment, type Environment } from '../client/platform/environment.ts';
import { serviceUrl } from '../client/platform/service-url.ts';
import type { TokenSource } from '../client/platform/tokens.ts';
import type { Definition } from '../core/definition.ts';
import type { DeletedApplication, ListedApplication, ListPage } from '../protocol/answers.ts';
import { applicationApi } from './application.ts';
import type { ApplicationApi } from './application-api.ts';
import type { CallOptions, Retry } from './call.ts';
import { deletedApplications } from './deletion.ts';
import { type DeploymentApi, deploymentApi } from './deployment-api.ts';
import { type Pages, pagesAt } from './pages.ts';
import { applicationPath, ownerPath } from './paths.ts';
import { Requester } from './requester.ts';
import { type SubjectApi, subjectApi } from './subject-api.ts';

/** The options of `createApi`. */
export interface ApiOptions {
  /** The address of the service: `https://state.example`. */
  readonly url: string;
  /**
   * A JWT, or a function that fetches one: it is called again before one expires and when the server refuses one. Not
   * needed where the server is open for development.
   */
  readonly token?: TokenSource | undefined;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
  /**
   * Ms for an answer to begin, beside what the call itself waits, and again for it to come whole. Streams may take longer.
   * Default: 30,000.
   */
  readonly timeoutMs?: number;
  /**
   * Ms to go on trying while the server cannot be reached or asks to come back later: as it asks, or with backoff. Only
   * what is safe to repeat is sent again. 0: one attempt. Default: 30,000.
   */
  readonly retryMs?: number;
  /** Called before each further attempt; what it throws ends the call. */
  readonly onRetry?: (retry: Retry) => void;
  /** Replaces the clock and other globals, for tests. Default: those of the platform. */
  readonly environment?: Partial<Environment>;
}

/** A service over HTTP. */
export interface Api extends SubjectApi, DeploymentApi {
  /**
   * An application. Nothing is sent by that.
   *
   * @param name `owner/app`, with the owner percent-encoded or not
   * @param definition types `state` and the changes, and names its kind with each push
   * @throws TypeError for what is no name
   */
  application<Kind extends Definition = Definition>(name: string, definition?: Kind): ApplicationApi<Kind>;
  /** The applications of an owner, by name. @param options `after`: a name; `limit`: of a page, at most 40 */
  applications(
    owner: string,
    options?: CallOptions & { readonly after?: string; readonly limit?: number },
  ): Pages<ListedApplication, ListPage>;
  /** The applications of an owner that were deleted and can be undeleted, by name and epoch: all of them, at most some 100 [L18]. */
  deletedApplications(owner: string, options?: CallOptions): Promise<readonly DeletedApplication[]>;
}

/**
 * Whatever the protocol has over HTTP, as one typed call each: for scripts, servers and tools. It keeps no state and no
 * queue: a page that shows a state and goes on offline uses `createClient`.
 *
 * @throws TypeError for a `url` that is none
 *
 * @example
 * const api = createApi({ url: 'https://state.example', token });
 * const list = api.application('alice/list', todos);
 * await list.push({ name: 'add', args: { id: 'milk', text: 'Milk' } }, { wait: 5 });
 * const { state, etag } = await list.state();
 */
export const createApi = (options: ApiOptions): Api => apiOf(requesterOf(options));

/** What sends the requests of an API. */
export const requesterOf = ({ url, fetch, environment, timeoutMs = 30_000, retryMs = 30_000, ...rest }: ApiOptions) =>
  new Requester({
    ...rest,
    url: serviceUrl(url),
    timeoutMs,
    retryMs,
    environment: defaultEnvironment({ ...(fetch && { fetch }), ...environment }),
  });

/** The API over a requester. */
export const apiOf = (requester: Requester): Api => ({
  ...subjectApi(requester),
  ...deploymentApi(requester),
  application: (name, definition) =>
    applicationApi(
      requester,
      required(applicationPath(name), `"${name}" is no application: owner/app`),
      definition?.name,
    ),
  applications: (owner, options = {}) =>
    pagesAt(
      requester,
      required(ownerPath(owner), `"${owner}" is no owner`),
      options,
      ({ applications }: ListPage) => applications,
    ),
  deletedApplications: async (owner, options) =>
    deletedApplications(requester, required(ownerPath(owner), `"${owner}" is no owner`), options),
});

const required = (path: string | undefined, message: string): string => {
  if (path === undefined) throw new TypeError(message);
  return path;
};
