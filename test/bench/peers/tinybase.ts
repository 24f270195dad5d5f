import { createMergeableStore, type MergeableStore } from 'tinybase';
import { createWsSynchronizer } from 'tinybase/synchronizers/synchronizer-ws-client';
import { WebSocket } from 'ws';
import { itemName, itemNumber } from '../items.ts';
import { frameBytes, type Peer } from '../peer.ts';
import { startWorker } from '../servers.ts';

const openStore = async (url: string): Promise<{ store: MergeableStore; bytes: () => number; close: () => void }> => {
  let bytes = 0;
  const socket = new WebSocket(`${url.replace('http', 'ws')}/board`);
  socket.on('message', (data) => {
    bytes += frameBytes(data as Buffer);
  });
  const store = createMergeableStore();
  const synchronizer = await createWsSynchronizer(store, socket);
  await synchronizer.startSync();
  return { store, bytes: () => bytes, close: () => void synchronizer.destroy() };
};

export const peer: Peer = {
  name: 'TinyBase 10.0.1, Durable Object',
  durability: 'written to SQLite, by its persister',
  start: () => startWorker({ entry: 'peers/tinybase-worker.ts', className: 'Party', binding: 'Party' }),
  openWriter: async ({ url }) => {
    const { store, close } = await openStore(url);
    return { update: (item, value) => void store.setCell('items', itemName(item), 'value', value), close };
  },
  openReader: async ({ url }, heard) => {
    const { store, bytes, close } = await openStore(url);
    store.addCellListener('items', null, 'value', (_store, _table, row, _cell, value) =>
      heard(itemNumber(row), Number(value)),
    );
    return { bytes, close };
  },
};
