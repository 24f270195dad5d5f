import { document } from '../applications/document.ts';
import type { Definition } from '../core/definition.ts';
import { defaultStorage } from './indexed-db.ts';
import { inversePatch } from './inverse-patch.ts';
import { liveTransports } from './live-transports.ts';
import { type Client, openClient } from './open-client.ts';
import { OptimisticView } from './optimistic.ts';
import type { ClientOptions, DocumentKind } from './options.ts';

/**
 * Opens an application: an optimistic view of its state that works offline and repairs itself, over whichever transport
 * works. All tabs of a browser share one connection and one queue of unsent changes.
 *
 * Undo and redo work for documents; for a definition of one's own, `inverse` says what takes a change back.
 *
 * @example
 * const client = createClient({ url: 'https://state.example', application: 'alice/list', definition: todos, token });
 * client.subscribe((state) => state.items, render);
 * await client.push.add({ id: 'milk', text: 'Milk' }).applied;
 */
export const createClient = <Kind extends Definition = DocumentKind>(options: ClientOptions<Kind>): Client<Kind> => {
  const definition: Definition = options.definition ?? document;
  return openClient(options, {
    view: (user) => new OptimisticView(definition, user),
    storage: defaultStorage(),
    inverse: definition.name === document.name ? inversePatch : undefined,
    definition: options.definition,
    makeLive: liveTransports,
  });
};
