import { isEqual } from '../../core/json/equal.ts';
import type { Json } from '../../protocol/json.ts';
import type { ProblemName } from '../../protocol/problems.ts';
import type { Answer } from './answer.ts';
import { Violation } from './violation.ts';

/** @throws Violation with the sentence when the fact does not hold */
export function expectThat(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Violation(otherwise);
}

/** @param what names the value in the sentence of the violation */
export const expectEqual = (given: unknown, expected: unknown, what: string): void =>
  expectThat(
    given === expected || isEqual((given ?? null) as Json, (expected ?? null) as Json),
    `${what} is ${excerpt(JSON.stringify(given))} instead of ${excerpt(JSON.stringify(expected))}.`,
  );

/** @returns the answer */
export const expectStatus = (answer: Answer, ...statuses: readonly number[]): Answer => {
  expectThat(
    statuses.includes(answer.status),
    `${answer.requestLine} was answered with ${answer.status} instead of ${statuses.join(' or ')}: ${excerpt(answer.text)}`,
  );
  return answer;
};

/** Expects a problem with this status and name, in the form of [E1]. */
export const expectProblem = (answer: Answer, status: number, ...names: readonly ProblemName[]): Answer => {
  expectStatus(answer, status);
  expectThat(
    names.some((name) => answer.members['type'] === `urn:changebucket:problem:${name}`),
    `${answer.requestLine} was answered with the problem ${String(answer.members['type'])} instead of ${names.join(' or ')}.`,
  );
  return answer;
};

const EXCERPT_LENGTH = 200;

const excerpt = (text: string | undefined): string =>
  text === undefined || text.length <= EXCERPT_LENGTH ? `${text}` : `${text.slice(0, EXCERPT_LENGTH)}…`;
