import { WebSocket } from 'ws';
import { itemName } from './items.ts';
import type { Server } from './servers.ts';

/**
 * Another system that does the same work: a hundred items with keys, 10 kB together; writers that each change the value
 * of an item, readers that see every change. Its items are called `item-0` to `item-99`.
 */
export interface Peer {
  readonly name: string;
  /** What it promises when a change has been seen by others. */
  readonly durability: string;
  readonly start: () => Promise<Server>;
  readonly openWriter: (server: Server) => Promise<Writer>;
  /** @param heard called for each value that this reader sees */
  readonly openReader: (server: Server, heard: Heard) => Promise<Reader>;
}

export type Heard = (item: number, value: number) => void;

export interface Writer {
  readonly update: (item: number, value: number) => void;
  readonly close: () => void;
}

export interface Reader {
  /** That have come in, frame headers included, since it was opened. */
  readonly bytes: () => number;
  readonly close: () => void;
}

/** What a frame costs on the wire: an unmasked one has a header of 2, 4 or 10 bytes (RFC 6455, 5.2). */
export const frameBytes = (data: string | ArrayBuffer | Uint8Array): number => {
  const length = typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength;
  if (length < 126) return length + 2;
  return length + (length < 65_536 ? 4 : 10);
};

/** A socket that is open; counts what comes in. */
export const openTextSocket = (
  url: string,
  hear: (text: string) => void,
): Promise<{ readonly socket: WebSocket; readonly bytes: () => number }> =>
  new Promise((resolve, reject) => {
    let bytes = 0;
    const socket = new WebSocket(url.replace('http', 'ws'));
    socket.on('open', () => resolve({ socket, bytes: () => bytes }));
    socket.on('error', () => reject(new Error(`${url} did not open`)));
    socket.on('message', (data) => {
      bytes += frameBytes(data as Buffer);
      hear(String(data));
    });
  });

/** A writer that sends an item and its value as JSON, for systems that leave it to the application what changes look like. */
export const openTextWriter = async (url: string): Promise<Writer> => {
  const { socket } = await openTextSocket(url, () => undefined);
  return {
    update: (item, value) => socket.send(JSON.stringify({ item: itemName(item), value })),
    close: () => socket.close(),
  };
};
