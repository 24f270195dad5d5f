import { Connection, type Doc } from 'sharedb/lib/client/index.js';
import { WebSocket } from 'ws';
import { itemName, itemNumber } from '../items.ts';
import { frameBytes, type Peer } from '../peer.ts';
import { startNode } from '../servers.ts';

interface Board {
  readonly items: Readonly<Record<string, { readonly value: number }>>;
}

const openBoard = async (url: string): Promise<{ doc: Doc<Board>; bytes: () => number; close: () => void }> => {
  let bytes = 0;
  const socket = new WebSocket(url.replace('http', 'ws'));
  socket.on('message', (data) => {
    bytes += frameBytes(data as Buffer);
  });
  const doc = new Connection(socket as never).get('boards', 'board') as Doc<Board>;
  await new Promise<void>((resolve, reject) => doc.subscribe((error) => (error ? reject(error) : resolve())));
  return { doc, bytes: () => bytes, close: () => socket.close() };
};

export const peer: Peer = {
  name: 'ShareDB 7.0.0, in memory',
  durability: 'not durable: memory only',
  start: () => startNode('peers/sharedb-server.ts'),
  openWriter: async ({ url }) => {
    const { doc, close } = await openBoard(url);
    const update = (item: number, value: number): void => {
      const p = ['items', itemName(item), 'value'];
      doc.submitOp([{ p, od: doc.data.items[itemName(item)]?.value, oi: value }]);
    };
    return { update, close };
  },
  openReader: async ({ url }, heard) => {
    const { doc, bytes, close } = await openBoard(url);
    doc.on('op', (operations) => {
      for (const { p, oi } of operations as { p: string[]; oi: number }[]) heard(itemNumber(p[1] ?? ''), oi);
    });
    return { bytes, close };
  },
};
