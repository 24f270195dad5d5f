import type { WebSocket } from 'ws';
import type { Caller } from '../target.ts';

/** One kind of hostile client. */
export interface Attack {
  readonly name: string;
  /** Milliseconds between two of its acts: what is tested is the server, not this machine. */
  readonly everyMs: number;
  /** Whose rights it has; a stranger has none. */
  readonly as: 'stranger' | 'writer' | 'reader';
  /** @returns what it was answered, in one word */
  readonly act: (caller: Caller, own: string, turn: number) => Promise<string>;
}

/** How long a held socket or stream stays open. */
const HOLD_MS = 20_000;

/** Keeps a socket open for a while; it takes its place meanwhile. */
export const hold = (socket: WebSocket): void => {
  socket.on('error', () => undefined);
  const timer = setTimeout(() => socket.terminate(), HOLD_MS);
  socket.on('close', () => clearTimeout(timer));
};

/** The close code of a socket, or `open` when it is still open after so many milliseconds. */
export const closeOf = (socket: WebSocket, ms: number): Promise<string> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve('open'), ms);
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      clearTimeout(timer);
      resolve(`closed ${code}`);
    });
  });
