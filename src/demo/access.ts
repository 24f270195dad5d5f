import { APPLICATIONS } from './demo-client.ts';
import { Store } from './store.ts';

const KEY = 'changebucket-token';

/** Whether the page can use its applications; `problem` says why it cannot. */
export type Access =
  | { readonly kind: 'pending' }
  | { readonly kind: 'granted' }
  | { readonly kind: 'problem'; readonly detail: string };

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
    if (problem !== undefined) return access.set({ kind: 'problem', detail: problem });
  }
  access.set({ kind: 'granted' });
};

const create = async (application: string, kind: string): Promise<string | undefined> => {
  try {
    const response = await fetch(`/v1/apps/${application}`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json', ...authorization() },
      body: JSON.stringify({ kind }),
    });
    // A token that may not create may still read and push.
    return response.ok || response.status === 403 ? undefined : ((await response.json()) as { detail: string }).detail;
  } catch {
    return 'The server does not answer.';
  }
};
