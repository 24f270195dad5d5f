import type { JsonObject } from '../protocol/json.ts';

/** What this tab asks for and has no receipt for yet. */
export interface Unsent {
  readonly name: string;
  readonly args: JsonObject;
  /** When it was asked for, in ms since 1970: the wait until it is visible counts from here. */
  readonly at: number;
}

/** Who this tab is, and what it must still send. Survives a reload: a push that was cut off is sent again as the same n. */
export interface Session {
  client: string;
  /** The n of the first unsent change. */
  n: number;
  unsent: readonly Unsent[];
  token: string;
}

const KEY = 'changebucket';
/** A reload waits this long for its former self to let go. */
const TAKEOVER_MS = 500;

export const openSession = async (): Promise<Session> => {
  const kept = readSession();
  // A duplicated tab gets a copy of the storage. Two tabs that count as one client would take each other's n.
  if (kept !== undefined && (await holdAlone(kept.client))) return kept;
  const session = { client: newClient(), n: 1, unsent: [], token: kept?.token ?? '' };
  await holdAlone(session.client);
  keepSession(session);
  return session;
};

export const keepSession = (session: Session): void => {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(session));
  } catch {
    // Storage is full or forbidden: the tab goes on and forgets with a reload.
  }
};

/** Not `randomUUID`: browsers keep that for pages that came over TLS or from this machine. */
export const newClient = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `tab-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
};

const readSession = (): Session | undefined => {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? '') as Session;
  } catch {
    return undefined;
  }
};

/** Whether this tab is the only one under that name; it then stays so until it is closed. */
const holdAlone = (client: string): Promise<boolean> =>
  new Promise((resolve) => {
    if (navigator.locks === undefined) return resolve(true);
    const hold = (): Promise<never> => {
      resolve(true);
      return new Promise(() => {});
    };
    const signal = AbortSignal.timeout(TAKEOVER_MS);
    navigator.locks.request(`${KEY}:${client}`, { signal }, hold).catch(() => resolve(false));
  });
