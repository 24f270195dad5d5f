// What the page asks worker/auth.ts for. The session itself is a cookie that no script can read.

export interface Session {
  readonly user: string;
  readonly token: string;
}

/** Who is signed in, with a fresh token. @returns undefined when nobody is */
export const fetchSession = async (): Promise<Session | undefined> => {
  const session = (await answerOf(await fetch('/auth/token'))) as Session | { user: null };
  return session.user === null ? undefined : session;
};

/** A new token of the user who is signed in: the option `token` of every client, called again before one expires. */
export const fetchToken = async (): Promise<string> => {
  const session = await fetchSession();
  if (session !== undefined) return session.token;
  // Asks to sign in again. Unsent changes are stored, and sent then.
  location.reload();
  throw new Error('The session has ended.');
};

export const signIn = async (name: string): Promise<void> => {
  await answerOf(await post('/auth/login', { name }));
};

export const signOut = async (): Promise<void> => {
  await answerOf(await post('/auth/logout', {}));
};

const post = (path: string, body: object): Promise<Response> =>
  fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

const answerOf = async (response: Response): Promise<unknown> => {
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  throw new Error((answer as { detail: string }).detail);
};
