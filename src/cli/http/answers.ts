import { tryParseJson } from '../../client/platform/parse-json.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import { CommandError } from '../command-line/command-error.ts';
import type { Connection } from './connection.ts';

/** An answer with its whole body. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const PROBLEM = 'urn:changebucket:problem:';

/** The problem that an answer tells; undefined when it is none of Changebucket's. */
export const problemOf = ({ text }: Answer): ProblemBody | undefined => {
  const body = tryParseJson<unknown>(text);
  return isProblem(body) ? body : undefined;
};

const isProblem = (body: unknown): body is ProblemBody =>
  typeof body === 'object' &&
  body !== null &&
  'type' in body &&
  typeof body.type === 'string' &&
  body.type.startsWith(PROBLEM);

/** The body of an answer, which must be JSON. @throws CommandError when a proxy or another server has answered */
export const jsonOf = <T>(answer: Answer, connection: Connection): T => {
  const body = tryParseJson<T>(answer.text);
  if (body === undefined) throw foreignAnswer(answer, connection);
  // The shape is what PROTOCOL.md says of the request.
  return body;
};

/** Ends a command whose request has failed. */
export const failureOf = (answer: Answer, connection: Connection): CommandError => {
  const problem = problemOf(answer);
  return problem === undefined ? foreignAnswer(answer, connection) : problemFailure(problem, connection);
};

/** The problem in words: what is wrong, and whatever it says of the cure. */
export const problemFailure = (problem: ProblemBody, connection: Connection): CommandError => {
  const { type, title, status, detail, ...members } = problem;
  const cure = Object.entries(members).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`);
  const hint = hintFor(problem, connection);
  const lines = [`${status} ${type.slice(PROBLEM.length)}: ${title}. ${detail}`, ...cure, ...hint];
  return new CommandError('failed', lines.join('\n'), problem);
};

/** What to do on the command line. */
const hintFor = ({ status, type, kinds }: ProblemBody, { token }: Connection): readonly string[] => {
  if (status === 401 && token === undefined)
    return ['Set CHANGEBUCKET_TOKEN, for example to the output of: npx changebucket token --sub alice'];
  if (type.endsWith(':unknown-application') && kinds !== undefined) return ['Name the kind with --kind.'];
  if (type.endsWith(':unknown-application'))
    return [
      'Or the token has no right to it. `npx changebucket apps` lists what its subject owns; a first push creates one.',
    ];
  return [];
};

/** Longer beginnings of a foreign page say no more. */
const EXCERPT_LENGTH = 120;

const foreignAnswer = ({ status, headers, text }: Answer, { url }: Connection): CommandError => {
  const target = headers.get('Location');
  if (status >= 300 && status < 400 && target !== null)
    return new CommandError('unreachable', `${url} redirects to ${target}. Give the server's own URL with --url.`);
  const type = headers.get('Content-Type') ?? 'no content type';
  const excerpt = text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, EXCERPT_LENGTH);
  return new CommandError(
    'unreachable',
    `What answers at ${url} is not Changebucket, or a proxy before it: ${status}, ${type}${excerpt === '' ? '' : `: ${excerpt}`}
Check --url, and what stands before the server.`,
  );
};
