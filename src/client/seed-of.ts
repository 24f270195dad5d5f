import type { Definition, StateOf } from '../core/definition.ts';
import { etagOf } from '../protocol/version.ts';
import type { LightClient } from './client-api.ts';
import type { Seed } from './state/seed.ts';

/**
 * The seed for another client of the same application: what this one has from the server. A server that renders pages sends
 * it along, and the page's client gets it as its option `seed`. Pending changes are not part of it. Before a state has come,
 * or when the application does not exist, it is the initial state, without an etag.
 *
 * @example
 * const html = `<script type="application/json" id="seed">${JSON.stringify(seedOf(client)).replaceAll('<', '\\u003c')}</script>`;
 */
export const seedOf = <Kind extends Definition, State = StateOf<Kind>>({
  confirmed,
  initialState,
  status: { epoch, version },
}: LightClient<Kind, State>): Seed<State> =>
  confirmed === undefined || epoch === undefined || version === undefined
    ? { state: initialState }
    : { state: confirmed, etag: etagOf({ epoch, version }) };
