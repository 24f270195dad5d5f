import type { Operation } from '../openapi/operation.ts';
import { JSON_BODY_PROBLEMS } from '../openapi/problem-answers.ts';
import * as routes from '../routes/applications.ts';
import { LIST_QUERY } from '../routes/applications.ts';

const JSON_TYPE = 'application/json';
const INFO = { headers: ['Changebucket-Position'], content: { [JSON_TYPE]: 'Info' } } as const;

export const listApplications: Operation = {
  handle: routes.listApplications,
  operationId: 'listApplications',
  summary: 'List the applications of an owner, in pages [L4], or those that can be undeleted [L18]',
  access: 'owner',
  operatorUse: { form: 'read', what: 'list-applications' },
  query: LIST_QUERY,
  answers: { 200: { description: 'A page of the list', content: { [JSON_TYPE]: 'ApplicationsOrDeleted' } } },
  problems: [],
};

export const createApplication: Operation = {
  handle: routes.createApplication,
  operationId: 'createApplication',
  summary: 'Create an application of a kind [L1]',
  access: 'admin',
  body: { [JSON_TYPE]: 'Creation' },
  answers: {
    200: { description: 'It exists with this kind', ...INFO },
    201: { description: 'It was created', ...INFO },
  },
  problems: [...JSON_BODY_PROBLEMS, 'unknown-kind', 'kind-conflict', 'budget-exceeded', 'change-failed'],
};

export const getInfo: Operation = {
  handle: routes.getInfo,
  operationId: 'getInfo',
  summary: 'Get queue depth, lag, sizes and cost [C1]',
  access: 'reader',
  operatorUse: { form: 'read', what: 'info' },
  answers: { 200: { description: 'The info', ...INFO } },
  problems: [],
};

export const openToPublic: Operation = {
  handle: routes.openToPublic,
  operationId: 'openToPublic',
  summary: 'Let everybody read the state, without a token [A15]',
  access: 'admin',
  ownersAct: 'publish',
  answers: { 204: { description: 'It is public', headers: ['Changebucket-Request'] } },
  problems: [],
};

export const closeToPublic: Operation = {
  handle: routes.closeToPublic,
  operationId: 'closeToPublic',
  summary: 'Let nobody read without a token any more [A15]',
  access: 'admin',
  ownersAct: 'unpublish',
  answers: { 204: { description: 'It is not public', headers: ['Changebucket-Request'] } },
  problems: [],
};
