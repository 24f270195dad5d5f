import { APPLICATIONS } from './demo-client.ts';
import { Store } from './store.ts';

const KEY = 'changebucket-token';

/** Whether the page can use its applications; `problem` says why it cannot. */
export type Access =
  | { readonly kind: 'pending' }
  | { readonly kind: 'granted' }
  | { readonly kind: 'problem'; readonly detail: string; readonly cure: 'token' | 'operator' };

export const access = new Store<Access>({ kind: 'pending' });

/** The token, kept in this tab only. Empty on open servers. */
export const token = (): string => sessionStorage.getItem(KEY) ?? '';

/** The header of an authenticated request; none without a token. */
export const authorization = (): Record<string, string> =>
  token() === '' ? {} : { Authorization: `Bearer ${token()}` };

export const saveToken = (text: string): void => {
  // A header takes no other characters: with one of them every request would fail in the browser.
  sessionStorage.setItem(KEY, text.replace(/[^!-~]/g, ''));
};

/** Creates the two applications. May be called again, after a failure or with another token. */
export const createApplications = async (): Promise<void> => {
  const kinds = { boxes: 'info-boxes', list: 'todos' } as const;
  for (const name of ['boxes', 'list'] as const) {
    const problem = await create(APPLICATIONS[name], kinds[name]);
    if (problem !== undefined) return access.set(problem);
  }
  access.set({ kind: 'granted' });
};

/** Ends the use of the applications when an answer says that the token is no longer valid. */
export const checkAccess = async (response: Response): Promise<void> => {
  if (response.status === 401) access.set(await problemOf(response));
};

const create = async (application: string, kind: string): Promise<Access | undefined> => {
  try {
    const response = await fetch(`/v1/apps/${application}`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json', ...authorization() },
      body: JSON.stringify({ kind }),
    });
    // A token that may not create may still read and push.
    return response.ok || response.status === 403 ? undefined : await problemOf(response);
  } catch {
    return { kind: 'problem', detail: 'The server does not answer.', cure: 'operator' };
  }
};

const problemOf = async (response: Response): Promise<Access> => {
  if (response.status === 404) return needsToken('This token has no right to the applications of this page.');
  if (response.status === 401) {
    return needsToken(
      token() === ''
        ? 'This deployment is closed: it answers only with a token, and this page has none.'
        : 'The server does not accept this token, or no longer.',
    );
  }
  const { detail } = (await response.json()) as { detail: string };
  return { kind: 'problem', detail, cure: 'operator' };
};

const needsToken = (detail: string): Access => ({ kind: 'problem', detail, cure: 'token' });
