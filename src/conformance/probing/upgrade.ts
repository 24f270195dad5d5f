import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { ProbedApplication } from './probed-application.ts';

/** The status and the type of the problem that a handshake is answered with. `fetch` sends no `Upgrade`. */
export const shakeHands = (
  { probe, path }: ProbedApplication,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly text: string }> => {
  const { url, token } = probe.target;
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const upgrade = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}/socket`, { headers: { ...upgrade, ...authorization, ...headers } });
    sent.setTimeout(8_000, () => sent.destroy(new Error('no answer to the handshake')));
    sent.on('error', reject);
    sent.on('upgrade', ({ statusCode = 0 }, socket) => {
      socket.destroy();
      resolve({ status: statusCode, text: '' });
    });
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.end();
  });
};
