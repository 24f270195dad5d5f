import { KIND_HEADER } from '../../../protocol/kind.ts';
import { JSON_PATCH_TYPE, MERGE_PATCH_TYPE } from '../../../protocol/patch.ts';
import type { ProblemName } from '../../../protocol/problems.ts';
import type { Operation, Success } from '../openapi/operation.ts';
import { JSON_BODY_PROBLEMS } from '../openapi/problem-answers.ts';
import { getTicket as ticketOf } from '../routes/applications.ts';
import * as routes from '../routes/push.ts';

const JSON_TYPE = 'application/json';
const CHANGE = { [JSON_TYPE]: 'Change', [MERGE_PATCH_TYPE]: 'MergePatch', [JSON_PATCH_TYPE]: 'JsonPatch' } as const;
const PUSH_HEADERS = ['Prefer of a push', 'If-Match', KIND_HEADER] as const;
const COMMON = [
  'Changebucket-Position',
  'Changebucket-Cost',
  'Server-Timing',
  'Location',
  'Preference-Applied?',
] as const;

/** What refuses a push, or is the outcome of one that waits [Q11] [Q17]. */
const PUSH_PROBLEMS: readonly ProblemName[] = [
  ...JSON_BODY_PROBLEMS,
  'invalid-header',
  'invalid-change',
  'invalid-patch',
  'client-taken',
  'sequence-gap',
  'kind-conflict',
  'outcome-expired',
  'precondition-failed',
  'unknown-kind',
  'id-conflict',
  'unknown-change',
  'invalid-args',
  'change-failed',
  'change-refused',
  'not-json',
  'state-too-large',
  'too-much-work',
  'batch-failed',
  'dead-letter',
  'queue-full',
  'budget-exceeded',
  'migration-failed',
];

/** A rejection is the outcome of an accepted change, and has its headers. */
const PROBLEM_HEADERS = ['Changebucket-Cost?', 'Server-Timing?', 'Location?', 'Preference-Applied?'] as const;

const MINIMAL: Success = { description: 'Accepted, and applied if it waited: return=minimal [Q10]', headers: COMMON };
const CHANGE_ANSWERS: Operation['answers'] = {
  200: {
    description: 'It was applied: the ticket, or the state with return=representation [Q11]',
    headers: [...COMMON, 'ETag?', 'Content-Location?'],
    content: { [JSON_TYPE]: 'OutcomeOrState' },
  },
  202: { description: 'It is in the queue, durably [Q1]', headers: COMMON, content: { [JSON_TYPE]: 'AcceptedChange' } },
  204: MINIMAL,
};

export const putChange: Operation = {
  handle: routes.putChange,
  operationId: 'pushChange',
  summary: "Push a client's change [Q2]",
  access: 'writer',
  headers: PUSH_HEADERS,
  body: CHANGE,
  answers: CHANGE_ANSWERS,
  problems: PUSH_PROBLEMS,
  problemHeaders: PROBLEM_HEADERS,
};

export const postChange: Operation = {
  handle: routes.postChange,
  operationId: 'pushChangeWithoutClient',
  summary: 'Push a change without a client [Q8]',
  access: 'writer',
  headers: ['Idempotency-Key', ...PUSH_HEADERS],
  body: CHANGE,
  answers: CHANGE_ANSWERS,
  problems: PUSH_PROBLEMS,
  problemHeaders: PROBLEM_HEADERS,
};

export const putBatch: Operation = {
  handle: routes.putBatch,
  operationId: 'pushBatch',
  summary: 'Push consecutive changes of a client [Q6]',
  access: 'writer',
  headers: PUSH_HEADERS,
  body: { [JSON_TYPE]: 'Batch' },
  answers: {
    200: {
      description: 'They were applied or rejected: the tickets, or the state with return=representation',
      headers: [...COMMON, 'ETag?', 'Content-Location?'],
      content: { [JSON_TYPE]: 'OutcomesOrState' },
    },
    202: { description: 'They are in the queue', headers: COMMON, content: { [JSON_TYPE]: 'AcceptedBatch' } },
    204: MINIMAL,
  },
  problems: PUSH_PROBLEMS,
  problemHeaders: PROBLEM_HEADERS,
};

export const getTicket: Operation = {
  handle: ticketOf,
  operationId: 'getTicket',
  summary: 'Get the outcome of a change [O1]',
  access: 'reader',
  answers: {
    200: {
      description: 'What became of it',
      headers: ['Changebucket-Position'],
      content: { [JSON_TYPE]: 'Ticket' },
    },
  },
  problems: ['unknown-ticket', 'outcome-expired'],
};
