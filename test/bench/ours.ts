import type { PatchOperation } from '../../src/protocol/patch.ts';
import { itemName, itemNumber } from './items.ts';
import { openSocket } from './load.ts';
import { frameBytes, type Peer } from './peer.ts';
import type { Server } from './servers.ts';
import { APP, freshClient } from './workload.ts';

const PATH = `${APP}/socket`;

/** Ourselves, as the peers are measured: pushes and patches on sockets. */
export const ours: Omit<Peer, 'start'> = {
  name: 'ours, on sockets',
  durability: 'durable in SQLite before anybody hears of it',
  openWriter: async (server: Server) => {
    const client = freshClient();
    let n = 0;
    const socket = await openSocket(server, PATH, () => undefined);
    const update = (item: number, value: number): void => {
      n += 1;
      const args = { items: { [itemName(item)]: { value } } };
      socket.send(JSON.stringify({ type: 'push', client, n, name: 'merge', args }));
    };
    return { update, close: () => socket.close() };
  },
  openReader: async (server, heard) => {
    let bytes = 0;
    const hear = ({ type, patch = [] }: { type: string; patch?: readonly PatchOperation[] }): void => {
      if (type !== 'patch') return;
      for (const operation of patch) {
        const [, items, name = '', member] = operation.path.split('/');
        if (items === 'items' && member === 'value' && operation.op === 'replace')
          heard(itemNumber(name), Number(operation.value));
      }
    };
    const socket = await openSocket(server, PATH, hear);
    socket.on('message', (data) => {
      bytes += frameBytes(data as Buffer);
    });
    socket.send('{"type":"subscribe"}');
    return { bytes: () => bytes, close: () => socket.close() };
  },
};
