import { bearer, type Headings } from './api.ts';
import { fetchWorker } from './fetch-worker.ts';
import { shake } from './live.ts';
import type { Place, Wire } from './transport-place.ts';

/** An application of the Worker under test, as its owner reaches it. */
export const placeOf = async (path: string): Promise<Place> => {
  const authorization = await bearer(path.split('/')[0] as string);
  const call = (rest: string, { headers, ...init }: RequestInit): Promise<Response> =>
    fetchWorker(`https://changebucket.test/v1/apps/${path}${rest}`, {
      ...init,
      headers: { ...authorization, ...(headers as Headings) },
    });
  return {
    state: (headers, signal) => call('/state', { headers, signal }),
    push: (client, n, { name, args }, headers) =>
      call(`/changes/${client}/${n}`, {
        method: 'PUT',
        body: JSON.stringify({ name, args }),
        headers: { 'Content-Type': 'application/json', ...headers },
      }),
    socket: async () => {
      const { status, webSocket } = await shake(path);
      if (webSocket === null) throw new Error(`the handshake was answered ${status}`);
      return webSocket as unknown as Wire;
    },
  };
};
