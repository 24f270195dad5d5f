/** Where the page's application lives. */
export const PATH = '/v1/apps/demo/boxes';

/** What goes over the wire, for the numbers on the page. */
export const traffic = { requests: 0, bytes: 0 };

/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const TOKEN = 'changebucket-token';

export const useToken = (token: string): void => sessionStorage.setItem(TOKEN, token);

export const send = async (
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<Answer> => {
  const token = sessionStorage.getItem(TOKEN);
  const authorization = token === null ? {} : { Authorization: `Bearer ${token}` };
  const content = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const response = await fetch(PATH + path, {
    method,
    headers: { ...content, ...authorization, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  traffic.requests += 1;
  traffic.bytes += text.length;
  return { status: response.status, headers: response.headers, text };
};
