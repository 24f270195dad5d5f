import { JSON_BODY, SHARED } from '../target.ts';
import { type Attack, closeOf, hold } from './attack.ts';

/** A megabyte of 330,000 empty changes. */
const EMPTY_CHANGES = `{"n":1,"changes":[${'{},'.repeat(330_000)}{}]}`;
const FRAME = `{"type":"batch","client":"x",${EMPTY_CHANGES.slice(1)}`.slice(0, 1_040_000);
const CLOSE_MS = 3_000;

/** Without a token. */
export const strangers: readonly Attack[] = [
  {
    name: 'stranger sends frames of a megabyte',
    ...{ everyMs: 500, as: 'stranger' },
    act: async (caller) => {
      const socket = await caller.socket(`${SHARED}/socket`);
      socket.send(FRAME);
      return closeOf(socket, CLOSE_MS);
    },
  },
  {
    name: 'stranger holds sockets',
    ...{ everyMs: 200, as: 'stranger' },
    act: async (caller) => {
      hold(await caller.socket(`${SHARED}/socket`));
      return 'held';
    },
  },
  {
    name: 'stranger sends bodies of a megabyte',
    ...{ everyMs: 300, as: 'stranger' },
    act: async (caller) => String((await caller.call('PUT', `${SHARED}/changes/x`, JSON_BODY, EMPTY_CHANGES)).status),
  },
  {
    name: 'stranger tries tokens',
    ...{ everyMs: 20, as: 'stranger' },
    act: async (caller, _, turn) => {
      const token = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(`{"sub":"honest","n":${turn}}`).toString('base64url')}.c2ln`;
      return String((await caller.call('GET', `${SHARED}/state`, { Authorization: `Bearer ${token}` })).status);
    },
  },
];
