import { STANDING_HEADER, type Standing } from '../../src/protocol/standing.ts';

const STANDING = /^epoch="([0-9a-z]{1,32})", version=(\d+), head=(\d+), queue=(\d+), lag=(\d+)$/;

/** Where an answer says that the application stands. @throws when it does not say it */
export const standingIn = (headers: Headers): Standing => {
  const text = headers.get(STANDING_HEADER) ?? '';
  const [, epoch, version, head, queue, lag] = STANDING.exec(text) ?? [];
  if (epoch === undefined) throw new Error(`no standing: ${text}`);
  return { epoch, version: Number(version), head: Number(head), queue: Number(queue), lag: Number(lag) };
};
