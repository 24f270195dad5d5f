import { WebSocket } from 'ws';

/** How long workerd's inspector may take. */
const TIMEOUT_MS = 10_000;

/**
 * Bytes in use in the heap of a workerd's one Worker after a full collection, what JavaScript holds outside of it
 * included: by the inspector's protocol (Chrome DevTools Protocol, domains HeapProfiler and Runtime).
 */
export const heapUsed = async (inspector: string): Promise<number> => {
  const [target] = (await (await fetch(`http://${inspector}/json`)).json()) as { webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '');
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  timeout.addEventListener('abort', () => socket.close());
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  await ask(socket, 1, 'HeapProfiler.collectGarbage');
  const usage = await ask(socket, 2, 'Runtime.getHeapUsage');
  socket.close();
  return usage.usedSize + (usage.backingStorageSize ?? 0);
};

type Usage = { readonly usedSize: number; readonly backingStorageSize?: number };

const ask = (socket: WebSocket, id: number, method: string): Promise<Usage> =>
  new Promise((resolve, reject) => {
    socket.on('close', () => reject(new Error(`the inspector did not answer ${method}`)));
    socket.on('message', (data) => {
      const answer = JSON.parse(String(data)) as { readonly id?: number; readonly result: Usage };
      if (answer.id === id) resolve(answer.result);
    });
    socket.send(JSON.stringify({ id, method }));
  });
