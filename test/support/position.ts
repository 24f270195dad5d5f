import { POSITION_HEADER, type Position } from '../../src/protocol/position.ts';

const POSITION = /^epoch="([0-9a-z]{1,32})", version=(\d+), head=(\d+), queue=(\d+), lag=(\d+)(?:, definition=(\d+))?$/;

/** Where an answer says that the application stands. @throws when it does not say it */
export const positionIn = (headers: Headers): Position => {
  const text = headers.get(POSITION_HEADER) ?? '';
  const [, epoch, version, head, queue, lag, definition] = POSITION.exec(text) ?? [];
  if (epoch === undefined) throw new Error(`no position: ${text}`);
  const position = { epoch, version: Number(version), head: Number(head), queue: Number(queue), lag: Number(lag) };
  return definition === undefined ? position : { ...position, definition: Number(definition) };
};
