import { isNotListening } from '../../api/failed-attempt.ts';
import type { ProblemError } from '../../client/platform/problem-error.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import { CommandError } from '../command-line/command-error.ts';
import type { Connection } from './connection.ts';

const PROBLEM = 'urn:changebucket:problem:';

/** Ends a command whose request has failed. */
export const failureOf = (error: ProblemError, connection: Connection): CommandError => {
  const { problem, name } = error;
  if (name === 'foreign') return foreignAnswer(problem, connection);
  return problem.type.startsWith(PROBLEM) ? problemFailure(problem, connection) : unreachable(error, connection);
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

const foreignAnswer = ({ status, detail }: ProblemBody, { url }: Connection): CommandError =>
  status >= 300 && status < 400
    ? new CommandError('unreachable', `${url} ${detail}. Give the server's own URL with --url.`)
    : new CommandError(
        'unreachable',
        `What answers at ${url} is not Changebucket, or a proxy before it: ${detail}
Check --url, and what stands before the server.`,
      );

/** Whether the certificate of the server is signed by nobody whom Node trusts: it will be the same the next time. */
export const isUntrusted = ({ name, problem }: ProblemError): boolean =>
  name === 'unreachable' && /SELF_SIGNED_CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/.test(problem.detail);

const isUnknownHost = ({ name, problem }: ProblemError): boolean =>
  name === 'unreachable' && /ENOTFOUND|EAI_AGAIN/.test(problem.detail);

const unreachable = (error: ProblemError, connection: Connection): CommandError =>
  new CommandError('unreachable', unreachableText(error, connection));

const unreachableText = (error: ProblemError, { url, timeoutMs }: Connection): string => {
  if (isUntrusted(error))
    return `The certificate of ${url} is not trusted (${error.problem.detail}).
Name the file (PEM) of the authority that has signed it: NODE_EXTRA_CA_CERTS=ca.pem npx changebucket …`;
  if (isUnknownHost(error))
    return `The name ${new URL(url).hostname} is not known. Name the server with --url or CHANGEBUCKET_URL.`;
  if (isNotListening(error.cause))
    return `Nothing answers at ${url}. Start a server (npx changebucket dev), or name another with --url or CHANGEBUCKET_URL.`;
  return `No answer from ${url} (${error.problem.detail}). It was tried for up to ${timeoutMs / 1_000} s (--timeout).`;
};
