import { POSITION_HEADER, type Position } from '../../protocol/position.ts';

/** The position in an answer. Undefined when the answer does not come from an application. */
export const parsePosition = (headers: Headers): Position | undefined => {
  const [, epoch, version, head, queue, lag, definition] =
    /"(\w+)", version=(\d+), head=(\d+), queue=(\d+), lag=(\d+)(?:.*definition=(\d+))?/.exec(
      headers.get(POSITION_HEADER) as string,
    ) ?? [];
  if (epoch === undefined) return undefined;
  return {
    epoch,
    version: Number(version),
    head: Number(head),
    queue: Number(queue),
    lag: Number(lag),
    definition: definition ? Number(definition) : undefined,
  };
};
