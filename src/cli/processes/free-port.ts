import { createServer } from 'node:net';
import { CommandError } from '../command-line/command-error.ts';

/**
 * The port to listen on, once it is certain that nobody else does. @param port 0 for any free one
 * @throws CommandError when the port is taken, or the address is none of this machine
 */
export const freePortOn = (host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => reject(problemOf(error, host, port)));
    probe.listen(port, host, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });

const problemOf = (error: Error & { code?: string }, host: string, port: number): CommandError => {
  if (error.code === 'EADDRINUSE')
    return new CommandError('failed', `Port ${port} is taken. Choose another with --port, or end what listens there.`);
  return new CommandError('failed', `Cannot listen on ${host}:${port}: ${error.message}`);
};
