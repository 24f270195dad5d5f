import { atom } from '@tldraw/state';
import { Store } from '@tldraw/store';
import { TLSyncClient } from '@tldraw/sync-core';
import { WebSocket } from 'ws';
import { frameBytes, type Peer } from '../peer.ts';
import { startWorker } from '../servers.ts';
import { type Item, recordId, recordNumber, schema } from './tldraw-schema.ts';

/**
 * Its client sends and applies changes in a browser's frames. Node has none: here they come at once, so that only the
 * client's own limit is left, which is 30 times a second.
 */
Object.assign(globalThis, { requestAnimationFrame: (frame: () => void) => setTimeout(frame, 1) });

interface Room {
  readonly store: Store<Item>;
  readonly bytes: () => number;
  readonly close: () => void;
}

/** What its client asks of a socket; one that is lost here is lost. */
const adapt = (socket: WebSocket) => ({
  connectionStatus: 'online' as const,
  sendMessage: (message: object): void => socket.send(JSON.stringify(message)),
  onReceiveMessage: (hear: (message: object) => void) => {
    const listener = (data: unknown): void => hear(JSON.parse(String(data)));
    socket.on('message', listener);
    return () => void socket.off('message', listener);
  },
  onStatusChange: () => () => undefined,
  restart: () => socket.close(),
  close: () => socket.close(),
});

const openRoom = async (url: string): Promise<Room> => {
  let bytes = 0;
  const socket = new WebSocket(url.replace('http', 'ws'));
  socket.on('message', (data) => {
    bytes += frameBytes(data as Buffer);
  });
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  const store = new Store<Item>({ schema, props: undefined });
  const client = await new Promise<TLSyncClient<Item>>((resolve, reject) => {
    new TLSyncClient<Item>({
      store,
      socket: adapt(socket),
      presence: atom('presence', null),
      onLoad: () => undefined,
      onAfterConnect: resolve,
      onSyncError: reject,
    });
  });
  const close = (): void => {
    client.close();
    socket.close();
  };
  return { store, bytes: () => bytes, close };
};

export const peer: Peer = {
  name: 'tldraw sync 5.4.2, Durable Object, its client at 30 frames a second',
  durability: 'durable in SQLite before anybody hears of it',
  start: () => startWorker({ entry: 'peers/tldraw-worker.ts', className: 'Party', binding: 'Party' }),
  openWriter: async ({ url }) => {
    const { store, close } = await openRoom(url);
    return { update: (item, value) => store.update(recordId(item), (record) => ({ ...record, value })), close };
  },
  openReader: async ({ url }, heard) => {
    const { store, bytes, close } = await openRoom(url);
    store.sideEffects.registerAfterChangeHandler('item', (_before, { id, value }) => heard(recordNumber(id), value));
    return { bytes, close };
  },
};
