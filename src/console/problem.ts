import type { ProblemBody } from '../protocol/problems.ts';
import { type Answer, jsonOf } from './call.ts';

/** Why there is no good answer, in the server's words where it was the server that answered. */
export const problemOf = (answer: Answer): ProblemBody => {
  const { status, headers } = answer;
  const foreign = {
    type: '',
    title: status === 0 ? 'No answer.' : `Answer ${status}.`,
    status,
    detail: 'The page goes on trying.',
  };
  const isOurs = headers.get('Content-Type')?.startsWith('application/problem+json');
  return isOurs ? { ...foreign, ...jsonOf<ProblemBody>(answer) } : foreign;
};

/** The stable end of a problem's type; empty when it is not one of the server's. */
export const nameOf = ({ type }: ProblemBody): string => type.slice(type.lastIndexOf(':') + 1);

/** Whether the same request may be answered better later. What is not the server's own no always may. */
export const mayPass = ({ type, status }: ProblemBody): boolean =>
  type === '' || status === 401 || status === 429 || status >= 500;
