import type { Meter } from './meter.ts';
import type { Session } from './session.ts';

/** The application that this page shows. */
export const APPLICATION = '/v1/apps/demo/boxes';

/** A request that hangs would hold its loop up for ever. */
const REQUEST_MS_MAX = 10_000;

export interface Answer {
  /** 0 when there was no answer (cut, timed out, offline): then it may have arrived or not [Q1]. */
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The round trip. */
  readonly ms: number;
}

interface Asked {
  readonly method?: 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

export type Call = (path: string, asked?: Asked) => Promise<Answer>;

/** Never throws: what went wrong is an answer, too. */
export const callOf =
  (session: Session, meter: Meter): Call =>
  async (path, asked = {}) => {
    const begun = performance.now();
    meter.sent();
    const { status, headers, text } = await send(path, requestOf(session, asked)).catch(() => NO_ANSWER);
    meter.received(text);
    return { status, headers, text, ms: performance.now() - begun };
  };

const NO_ANSWER = { status: 0, headers: new Headers(), text: '' };

const send = async (path: string, request: RequestInit): Promise<Omit<Answer, 'ms'>> => {
  const response = await fetch(path, request);
  const { status, headers } = response;
  return { status, headers, text: await response.text() };
};

const requestOf = ({ token }: Session, { headers, body, ...asked }: Asked): RequestInit => ({
  ...asked,
  // The page sends its own conditions; the browser's cache would answer 304 with the state it has.
  cache: 'no-store',
  signal: AbortSignal.timeout(REQUEST_MS_MAX),
  headers: { ...(token && { Authorization: `Bearer ${token}` }), ...(body && JSON_BODY), ...headers },
  ...(body && { body: JSON.stringify(body) }),
});

const JSON_BODY = { 'Content-Type': 'application/json' };

/** A number that a header gives; 0 without it. */
export const numberOf = ({ headers }: Answer, name: string): number => Number(headers.get(name)) || 0;

/** Something between page and server may answer with a page of its own; then all members are missing. */
export const jsonOf = <T extends object>({ text }: Pick<Answer, 'text'>): Partial<T> => {
  try {
    return Object(JSON.parse(text)) as Partial<T>;
  } catch {
    return {};
  }
};
