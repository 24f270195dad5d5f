import { tryParseJson } from '../client/platform/parse-json.ts';
import { parsePosition } from '../client/platform/parse-position.ts';
import { ProblemError } from '../client/platform/problem-error.ts';
import type { ProblemBody } from '../protocol/problems.ts';
import type { Version } from '../protocol/version.ts';

/** An answer with its whole body. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const PROBLEM = 'urn:changebucket:problem:';

/** The problem that an answer tells: the server's, or one that is made up for an answer that is not from Changebucket. */
export const problemOf = (answer: Answer): ProblemBody => {
  const body = tryParseJson<Partial<ProblemBody> | null>(answer.text);
  return typeof body?.type === 'string' && body.type.startsWith(PROBLEM) ? (body as ProblemBody) : foreign(answer);
};

/** Longer beginnings of a foreign page say no more. */
const EXCERPT_LENGTH = 120;

const foreign = ({ status, headers, text }: Answer): ProblemBody => {
  const target = headers.get('Location');
  const excerpt = text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, EXCERPT_LENGTH);
  const summary = `${status}, ${headers.get('Content-Type') ?? 'no content type'}${excerpt === '' ? '' : `: ${excerpt}`}`;
  const detail = status >= 300 && status < 400 && target !== null ? `redirects to ${target}` : summary;
  return { type: 'about:blank', title: 'What answers is not Changebucket', status, detail };
};

/** The body of an answer, which must be JSON. @throws ProblemError when a proxy or another server has answered */
export const jsonOf = <Body>(answer: Answer): Body => {
  const body = tryParseJson<Body>(answer.text);
  if (body === undefined) throw new ProblemError(problemOf(answer));
  // The shape is what PROTOCOL.md says of the request.
  return body;
};

/** The answer to a call that has nothing to tell. @throws ProblemError when it tells something: another server has answered */
export const nothingOf = (answer: Answer): void => {
  if (answer.text !== '') throw new ProblemError(problemOf(answer));
};

/** Whether this is a page for people: Changebucket answers no call with one, whatever the status. */
export const isPage = (headers: Headers): boolean => /html/i.test(headers.get('Content-Type') ?? '');

/** Not its quotes alone: proxies that compress make etags weak and add to them [S2]. */
const TAG = /"([0-9a-z]{1,32})\.(\d{1,16})/;

/**
 * The version of the state in an answer: that of its `ETag`, or that of its position where a proxy has dropped the tag.
 *
 * @throws ProblemError when there is neither: a proxy or another server has answered
 */
export const versionOf = (answer: Answer): Version => {
  const [, epoch, seq] = TAG.exec(answer.headers.get('ETag') ?? '') ?? [];
  const version = epoch === undefined ? parsePosition(answer.headers) : { epoch, version: Number(seq) };
  if (version === undefined) throw new ProblemError(foreign(answer));
  return { epoch: version.epoch, version: version.version };
};
