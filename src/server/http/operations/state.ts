import { JSON_PATCH_TYPE } from '../../../protocol/patch.ts';
import type { Operation } from '../openapi/operation.ts';
import { STATE_QUERY } from '../request/read-options.ts';
import { openSocket as open } from '../routes/socket.ts';
import { getState as read } from '../routes/state.ts';

const OF_READ = ['Changebucket-Position', 'ETag', 'Server-Timing?'] as const;

export const getState: Operation = {
  handle: read,
  operationId: 'getState',
  summary: 'Poll the state, wait for the next one, or follow it as events [S] [V]',
  access: 'reader',
  strangers: 'allowed',
  query: STATE_QUERY,
  headers: ['If-None-Match', 'A-IM', 'Prefer of a read', 'Min-Version', 'Last-Event-ID'],
  answers: {
    200: {
      description: 'The state, or a stream of events',
      headers: ['Changebucket-Position', 'ETag?', 'Server-Timing?', 'Preference-Applied?'],
      content: { 'application/json': 'State', 'text/event-stream': 'EventStream' },
    },
    226: {
      description: 'The patch from a version that the reader has',
      headers: [...OF_READ, 'IM', 'Delta-Base', 'Preference-Applied?'],
      content: { [JSON_PATCH_TYPE]: 'StatePatch' },
    },
    304: { description: 'Nothing has changed', headers: [...OF_READ, 'Preference-Applied?'] },
  },
  problems: [
    'invalid-header',
    'unknown-version',
    'unknown-path',
    'history-expired',
    'version-not-reached',
    'migration-failed',
  ],
};

export const openSocket: Operation = {
  handle: open,
  operationId: 'openSocket',
  summary: 'Push and state on one WebSocket, subprotocol changebucket.v1 [W]',
  access: 'reader',
  strangers: 'allowed',
  headers: ['Upgrade', 'Sec-WebSocket-Protocol'],
  answers: { 101: { description: 'The socket is open', headers: ['Sec-WebSocket-Protocol'] } },
  problems: ['invalid-header', 'forbidden-origin', 'upgrade-required'],
};
