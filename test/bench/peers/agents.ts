import { openTextSocket, openTextWriter, type Peer } from '../peer.ts';
import { startWorker } from '../servers.ts';
import { differences } from './differences.ts';

const PATH = '/agents/party/board';

export const peer: Peer = {
  name: 'Agents SDK 0.32.0, setState',
  durability: 'durable in SQLite before anybody hears of it',
  start: () => startWorker({ entry: 'peers/agents-worker.ts', className: 'Party', binding: 'Party' }),
  openWriter: ({ url }) => openTextWriter(url + PATH),
  openReader: async ({ url }, heard) => {
    const see = differences(heard);
    const { socket, bytes } = await openTextSocket(url + PATH, (text) => {
      const message = JSON.parse(text) as { type?: string; state?: { items: Record<string, { value: number }> } };
      if (message.type === 'cf_agent_state' && message.state !== undefined) see(message.state.items);
    });
    return { bytes, close: () => socket.close() };
  },
};
