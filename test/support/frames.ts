import type { ServerFrame } from '../../src/protocol/frames.ts';

/** A frame as a client understands it: a patch says where it starts from, if only by leaving it out. */
export const readServerFrame = (text: string): ServerFrame => {
  const frame = JSON.parse(text) as ServerFrame;
  return frame.type === 'patch' ? { ...frame, from: frame.from ?? frame.to - 1 } : frame;
};
