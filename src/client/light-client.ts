import type { Definition, ReasonOf, StateOf } from '../core/definition.ts';
import type { PartAt } from '../core/json/part-at.ts';
import type { Json } from '../protocol/json.ts';
import { clientApi, type LightClient } from './client-api.ts';
import type { BaseClientOptions, DocumentKind, PartOptions } from './options.ts';
import { NOTHING } from './platform/nothing.ts';
import { Session } from './session.ts';
import { confirmedView } from './state/view.ts';
import { singleTabHost } from './sync/single-tab-host.ts';
import { checkTransport } from './transport/check-transport.ts';
import { Poller } from './transport/poller.ts';
import type { Transport, TransportContext } from './transport/transport.ts';

/** The options of `createLightClient`. */
export interface LightClientOptions<Reason extends string = string> extends BaseClientOptions<Reason> {
  /** `long-poll`: the server answers a poll when there is a newer state. Default: `poll`. */
  readonly transport?: 'poll' | 'long-poll';
  /**
   * The kind of the application, which is the name of its definition. Each push names it: the first one to an application
   * that does not exist creates it [L2]. Default: none is named, and the deployment's first kind is created, a `document`.
   */
  readonly kind?: string;
}

/**
 * Opens an application with the smallest client, about a third of the bytes of `createClient`: it pushes in order and
 * exactly once, and polls. A change shows when the server has applied it, and is lost with the page if it is not
 * accepted by then. `state` is `{}` until it is known. Never waits.
 *
 * @typeParam Kind the type of the definition: the definition itself is not loaded
 * @throws TypeError as `createClient` does
 *
 * @example
 * const client = createLightClient<typeof todos>({ url: 'https://state.example', application: 'alice/list' });
 */
export const createLightClient = <Kind extends Definition = DocumentKind, Path extends string = ''>(
  options: LightClientOptions<ReasonOf<Kind>> & PartOptions<Kind, Path>,
): LightClient<Kind, PartAt<StateOf<Kind>, Path>> => {
  checkTransport(options);
  const empty = options.path ? NOTHING : {};
  const makeTransport = (context: TransportContext): Transport => new Poller(context, options);
  const session = new Session(options, {
    kind: options.kind,
    view: confirmedView((options.seed?.state ?? empty) as Json, empty),
    makeHost: (tab) => singleTabHost(tab, makeTransport),
  });
  return clientApi(session, (change, options) => session.push(change, { options }));
};
