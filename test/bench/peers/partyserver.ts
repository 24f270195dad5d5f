import { itemNumber } from '../items.ts';
import { openTextSocket, openTextWriter, type Peer } from '../peer.ts';
import { startWorker } from '../servers.ts';

const PATH = '/parties/party/board';

export const peer: Peer = {
  name: 'partyserver 0.5.10, a row for each change',
  durability: 'durable in SQLite before anybody hears of it',
  start: () => startWorker({ entry: 'peers/partyserver-worker.ts', className: 'Party', binding: 'Party' }),
  openWriter: ({ url }) => openTextWriter(url + PATH),
  openReader: async ({ url }, heard) => {
    const { socket, bytes } = await openTextSocket(url + PATH, (text) => {
      const { item, value } = JSON.parse(text) as { item?: string; value: number };
      if (item !== undefined) heard(itemNumber(item), value);
    });
    return { bytes, close: () => socket.close() };
  },
};
