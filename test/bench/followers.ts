import { get, request } from 'node:http';
import { sleep } from '../support/wait.ts';
import type { Server } from './servers.ts';
import type { Follow } from './workloads/live.ts';

const DELTA = { 'A-IM': 'json-patch' };
const versionOf = (etag: string): number => Number(/\.(\d+)"?$/.exec(etag)?.[1] ?? 0);
const authorized = ({ token }: Server) => ({ Authorization: `Bearer ${token}` });

/** Reads events off a stream. */
export const followEvents: Follow = (server, path, step) =>
  new Promise((resolve, reject) => {
    const headers = { ...authorized(server), Accept: 'text/event-stream' };
    const sent = get(server.url + path, { headers }, (answer) => {
      let rest = '';
      let from: number | undefined;
      answer.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          if (!line.startsWith('id:')) continue;
          const to = versionOf(line.trim());
          if (from !== undefined) step(from, to);
          from = to;
        }
      });
      answer.on('error', () => undefined);
      resolve(() => sent.destroy());
    });
    sent.on('error', reject);
  });

interface Polled {
  readonly status: number;
  readonly etag: string;
}

const poll = (server: Server, path: string, headers: Readonly<Record<string, string>>): Promise<Polled> =>
  new Promise((resolve, reject) => {
    const sent = request(server.url + path, { headers: { ...authorized(server), ...headers } }, (answer) => {
      const { statusCode: status = 0, headers: told } = answer;
      answer.resume().on('end', () => resolve({ status, etag: told.etag ?? '' }));
    });
    sent.on('error', reject).end();
  });

/** Polls for patches, one request at a time, with a pause between them. */
export const followPolls =
  (headers: Readonly<Record<string, string>>, pauseMs: number): Follow =>
  async (server, path, step) => {
    let { etag } = await poll(server, path, {});
    let isOpen = true;
    const loop = async (): Promise<void> => {
      // Not all at the same moment: readers come when they come.
      await sleep(Math.random() * pauseMs);
      while (isOpen) {
        const answer = await poll(server, path, { ...headers, ...DELTA, 'If-None-Match': etag });
        if (answer.status < 300 && isOpen) step(versionOf(etag), versionOf(answer.etag));
        if (answer.status < 400) etag = answer.etag;
        await sleep(pauseMs);
      }
    };
    void loop().catch(() => undefined);
    return () => {
      isOpen = false;
    };
  };
