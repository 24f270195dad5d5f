import type { Definition } from '../core/definition.ts';
import { type LightClient, openClient } from './client-api.ts';
import type { CoreOptions, DocumentKind } from './options.ts';
import { Core } from './session.ts';
import { plainView } from './state/view.ts';
import { alone } from './sync/single-tab-host.ts';
import { Poller } from './transport/poller.ts';
import type { Line, LineSeat } from './transport/transport.ts';

export interface LightClientOptions extends CoreOptions {
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
  const makeLine = (seat: LineSeat): Line => new Poller(seat, options);
  const core = new Core(options, { view: plainView({}), makeHome: (seat) => alone(seat, makeLine) });
  return openClient(core, (asked) => core.push(asked));
};
