import type { Definition } from '../core/definition.ts';
import { clientApi, type LightClient } from './client-api.ts';
import type { BaseClientOptions, DocumentKind } from './options.ts';
import { Session } from './session.ts';
import { confirmedView } from './state/view.ts';
import { singleTabHost } from './sync/single-tab-host.ts';
import { Poller } from './transport/poller.ts';
import type { Transport, TransportContext } from './transport/transport.ts';

export interface LightClientOptions extends BaseClientOptions {
  /** Default: `poll`. */
  readonly transport?: 'poll' | 'long-poll';
}

/**
 * The core of the client, for pages that count bytes: it pushes in order and exactly once, and polls. What is pushed shows
 * when the server has applied it, and lives as long as the page. Takes the definition's type only:
 * `createLightClient<typeof todos>({ … })`. `state` is `{}` until it is known.
 */
export const createLightClient = <Kind extends Definition = DocumentKind>(
  options: LightClientOptions,
): LightClient<Kind> => {
  const makeTransport = (tab: TransportContext): Transport => new Poller(tab, options);
  const session = new Session(options, {
    view: confirmedView({}),
    makeHost: (tab) => singleTabHost(tab, makeTransport),
  });
  return clientApi(session, (change) => session.push(change));
};
