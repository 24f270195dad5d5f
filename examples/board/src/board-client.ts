import { type Client, createClient } from 'changebucket';
import { board } from './board.ts';
import { fetchToken } from './session.ts';

export type BoardClient = Client<typeof board>;

/** @param user whose unsent changes are sent, and whose stored state shows at once */
export const openBoard = (user: string): BoardClient =>
  createClient({
    url: location.origin,
    application: '_team/board',
    definition: board,
    subject: user,
    token: fetchToken,
  });
