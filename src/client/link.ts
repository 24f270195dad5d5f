import type { ProblemBody } from '../protocol/problems.ts';
import { nameOf, ownProblem } from './problem-error.ts';
import { isNews, type Link, type Signal } from './status.ts';

/** What an answer says about the way to the server: it is there, and whatever was wrong with the token is over. */
export const afterAnswer = ({ signal }: Link): Partial<Link> => ({
  online: true,
  error: undefined,
  signal: isAboutAccess(signal) ? undefined : signal,
});

/** The same of a failure. @param problem undefined when nobody answered */
export const afterFailure = (problem: ProblemBody | undefined): Partial<Link> => {
  const signal = problem && nameOf(problem);
  return {
    ...{ online: problem !== undefined && problem.status > 0, error: problem ?? UNREACHABLE },
    ...(isAboutAccess(signal) ? { signal } : {}),
  };
};

/** The link with the news; undefined when they are none. */
export const withLinkNews = (link: Link, news: Partial<Link>): Link | undefined =>
  isNews(link, news) ? { ...link, ...news } : undefined;

const isAboutAccess = (signal: string | undefined): signal is Signal =>
  signal === 'unauthorized' || signal === 'unknown-application';

const UNREACHABLE = ownProblem('unreachable', 0, 'The server cannot be reached', 'There was no whole answer.');
