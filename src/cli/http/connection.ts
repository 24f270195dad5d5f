import { CommandError } from '../command-line/command-error.ts';

/** The flags of every command that asks a server. */
export const CONNECTION_OPTIONS = {
  url: { type: 'string' },
  token: { type: 'string' },
  timeout: { type: 'string', default: '30' },
  json: { type: 'boolean', default: false },
} as const;

/** The help for them. */
export const CONNECTION_HELP = `  --url      of the server (default: CHANGEBUCKET_URL, or else http://localhost:8787)
  --token    (default: CHANGEBUCKET_TOKEN; others can see a flag in the list of processes, so rather set the variable)
  --timeout  seconds to go on trying while the server cannot be reached or asks to come back later (default 30)`;

/** A server, and how long to try to reach it. */
export interface Connection {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token: string | undefined;
  readonly timeoutMs: number;
  /** The same while nothing listens there: a server that is about to start takes a moment. */
  readonly startMs: number;
}

/** A server that does not listen is about to start, or is not there. `serve` starts anew within 5 s. */
const START_MS = 10_000;

/** What `readArguments` makes of `CONNECTION_OPTIONS`. */
interface Values {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly timeout: string;
}

/** @throws CommandError for a URL, a token or a time that is none */
export const connectionFrom = ({ url, token, timeout }: Values): Connection => {
  const { CHANGEBUCKET_URL, CHANGEBUCKET_TOKEN } = process.env;
  const timeoutMs = secondsFrom('timeout', timeout) * 1_000;
  return {
    url: baseOf(url || CHANGEBUCKET_URL || 'http://localhost:8787'),
    token: tokenFrom(token || CHANGEBUCKET_TOKEN),
    timeoutMs,
    startMs: Math.min(START_MS, timeoutMs),
  };
};

/** For a command that follows: once a server has answered, it is waited for as long as it takes. */
export const withoutLimit = (connection: Connection): Connection => ({
  ...connection,
  timeoutMs: Number.POSITIVE_INFINITY,
  startMs: Number.POSITIVE_INFINITY,
});

/** The URL of a server, without a slash at the end. @throws CommandError for another text */
export const baseOf = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new CommandError('usage', `--url must begin with http:// or https://`);
  if (/\/v1(\/|$)/.test(url.pathname) || url.search !== '')
    throw new CommandError('usage', `--url must be that of the server alone, such as ${url.origin}`);
  return url.origin + url.pathname.replace(/\/+$/, '');
};

/** A token that a header can hold: another would look like a server that cannot be reached. It is not repeated. */
const tokenFrom = (text: string | undefined): string | undefined => {
  if (text !== undefined && !/^[ -~]*$/.test(text))
    throw new CommandError('usage', '--token is no token: it has a character that no token has.');
  return text || undefined;
};

const secondsFrom = (flag: string, text: string): number => {
  const seconds = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || seconds > 86_400)
    throw new CommandError('usage', `--${flag} must be a number of seconds, at most 86400`);
  return seconds;
};
