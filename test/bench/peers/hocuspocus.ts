import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider';
import { WebSocket } from 'ws';
import * as Y from 'yjs';
import { itemName, itemNumber } from '../items.ts';
import { frameBytes, type Peer } from '../peer.ts';
import { startNode } from '../servers.ts';

const openDocument = async (
  url: string,
): Promise<{ values: Y.Map<number>; bytes: () => number; close: () => void }> => {
  let bytes = 0;
  class Counted extends WebSocket {
    constructor(address: string) {
      super(address);
      this.on('message', (data) => {
        bytes += frameBytes(data as Buffer);
      });
    }
  }
  const websocketProvider = new HocuspocusProviderWebsocket({
    url: url.replace('http', 'ws'),
    WebSocketPolyfill: Counted,
  });
  const document = new Y.Doc();
  const provider = await new Promise<HocuspocusProvider>((resolve) => {
    const made = new HocuspocusProvider({ websocketProvider, name: 'board', document, onSynced: () => resolve(made) });
    made.attach();
  });
  const close = (): void => {
    provider.destroy();
    websocketProvider.destroy();
  };
  return { values: document.getMap<number>('values'), bytes: () => bytes, close };
};

export const peer: Peer = {
  name: 'Hocuspocus 4.7.0 (Yjs), in memory',
  durability: 'not durable: memory only',
  start: () => startNode('peers/hocuspocus-server.ts'),
  openWriter: async ({ url }) => {
    const { values, close } = await openDocument(url);
    return { update: (item, value) => values.set(itemName(item), value), close };
  },
  openReader: async ({ url }, heard) => {
    const { values, bytes, close } = await openDocument(url);
    values.observe(({ keysChanged }) => {
      for (const name of keysChanged) heard(itemNumber(name), values.get(name) ?? 0);
    });
    return { bytes, close };
  },
};
