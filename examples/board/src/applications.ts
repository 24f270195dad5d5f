import { board } from './board.ts';

/**
 * The applications that all users share: name and kind. Nobody owns them, as no user is called `_team`; worker/auth.ts says
 * who may do what. The Worker runs these kinds.
 */
export const SHARED = [{ name: '_team/board', definition: board }];
