import type { Definition } from '../core/definition.ts';
import { type Client, openClient } from './open-client.ts';
import type { ClientOptions, DocumentKind } from './options.ts';
import { memoryStorage } from './storage.ts';
import { plainView } from './view.ts';

/** What the light client can do less. */
export type LightOptions<Kind extends Definition> = Omit<
  ClientOptions<Kind>,
  'definition' | 'transport' | 'inverse'
> & {
  /** Default: `poll`. */
  readonly transport?: 'poll' | 'long-poll';
};

/**
 * The same client without reducers, sockets and IndexedDB, for pages that count bytes: what is pushed shows when the
 * server has applied it, and lives as long as the page unless `storage` says otherwise. Takes the definition's type only:
 * `createLightClient<typeof todos>({ … })`. `state` is `{}` until it is known.
 */
export const createLightClient = <Kind extends Definition = DocumentKind>(options: LightOptions<Kind>): Client<Kind> =>
  openClient<Kind>(options as ClientOptions<Kind>, {
    view: () => plainView({}),
    storage: memoryStorage(),
    inverse: undefined,
    definition: undefined,
    makeLive: () => undefined,
  });
