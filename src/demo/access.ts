import { APPLICATIONS } from './demo-client.ts';
import { Store } from './store.ts';

const KEY = 'changebucket-token';

/** What the page may do; `trouble` says why it cannot. */
export type Access =
  | { readonly kind: 'asking' }
  | { readonly kind: 'granted' }
  | { readonly kind: 'trouble'; readonly detail: string };

export const access = new Store<Access>({ kind: 'asking' });

/** Kept in this tab only. Empty on open servers. */
export const token = (): string => sessionStorage.getItem(KEY) ?? '';

export const keepToken = (text: string): void => {
  // A header takes no other characters: with one of them every request would fail here in the browser.
  sessionStorage.setItem(KEY, text.replace(/[^!-~]/g, ''));
};

/** Makes the two applications; again when the server was not there. */
export const makeApplications = async (): Promise<void> => {
  const kinds = { boxes: 'info-boxes', list: 'todos' } as const;
  for (const name of ['boxes', 'list'] as const) {
    const trouble = await make(APPLICATIONS[name], kinds[name]);
    if (trouble !== undefined) return access.set({ kind: 'trouble', detail: trouble });
  }
  access.set({ kind: 'granted' });
};

const make = async (application: string, kind: string): Promise<string | undefined> => {
  const authorization = token() === '' ? {} : { Authorization: `Bearer ${token()}` };
  try {
    const answer = await fetch(`/v1/apps/${application}`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json', ...authorization },
      body: JSON.stringify({ kind }),
    });
    // Who may not create it may still look, and push.
    return answer.ok || answer.status === 403 ? undefined : ((await answer.json()) as { detail: string }).detail;
  } catch {
    return 'The server does not answer.';
  }
};
