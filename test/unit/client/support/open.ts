import { createClient } from '../../../../src/client/client.ts';
import type { LightClient } from '../../../../src/client/client-api.ts';
import { createLightClient, type LightClientOptions } from '../../../../src/client/light-client.ts';
import type { SeedOption } from '../../../../src/client/options.ts';
import { memoryStorage } from '../../../../src/client/storage/storage.ts';
import { type Clock, Page } from './clock.ts';
import { networkTo } from './network.ts';
import { notes } from './notes.ts';
import type { ServerDouble } from './server.ts';

export type NotesOptions = Partial<Parameters<typeof createClient<typeof notes>>[0]>;

/** A client of a server double that runs the `notes`. Default: on a page of its own. */
export const openNotes = (
  server: ServerDouble,
  clock: Clock,
  { page = new Page(clock), ...rest }: NotesOptions & { page?: Page } = {},
) =>
  createClient({
    url: 'http://double.test',
    application: 'alice/notes',
    definition: notes,
    transport: 'poll',
    storage: memoryStorage(),
    fetch: networkTo(server, clock),
    environment: page.environment,
    ...rest,
  });

type Open = (
  server: ServerDouble,
  clock: Clock,
  options?: Partial<LightClientOptions & SeedOption<typeof notes>> & { page?: Page },
) => LightClient<typeof notes>;

/** The same for the light client. */
const openLight: Open = (server, clock, { page = new Page(clock), ...rest } = {}) =>
  createLightClient<typeof notes>({
    url: 'http://double.test',
    application: 'alice/notes',
    fetch: networkTo(server, clock),
    environment: page.environment,
    ...rest,
  });

/** Both clients: most tests run on each. */
export const CLIENTS: readonly (readonly [name: string, open: Open])[] = [
  ['createClient', openNotes],
  ['createLightClient', openLight],
];
