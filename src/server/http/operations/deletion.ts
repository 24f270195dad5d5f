import type { Operation } from '../openapi/operation.ts';
import * as routes from '../routes/deletion.ts';
import { UNDELETE_QUERY } from '../routes/deletion.ts';

export const deleteApplication: Operation = {
  handle: routes.deleteApplication,
  operationId: 'deleteApplication',
  summary: 'Delete an application, which can be undeleted for some time [L3] [L16]',
  access: 'admin',
  operatorUse: { form: 'act', what: 'delete' },
  ownersAct: 'delete',
  answers: { 204: { description: 'It is deleted' } },
  problems: [],
};

export const undeleteApplication: Operation = {
  handle: routes.undeleteApplication,
  operationId: 'undeleteApplication',
  summary: 'Bring a deleted application back as it was, under a new epoch [L16]',
  access: 'admin',
  operatorUse: { form: 'act', what: 'undelete' },
  ownersAct: 'undelete',
  query: UNDELETE_QUERY,
  answers: {
    200: {
      description: 'It is back',
      headers: ['Changebucket-Position'],
      content: { 'application/json': 'Info' },
    },
  },
  problems: ['already-exists', 'deletion-final', 'budget-exceeded'],
};

export const purgeApplication: Operation = {
  handle: routes.purgeApplication,
  operationId: 'purgeApplication',
  summary: 'Delete an application, what was deleted before under its name, and its backups for good [L17]',
  access: 'admin',
  operatorUse: { form: 'act', what: 'purge' },
  ownersAct: 'purge',
  answers: { 204: { description: 'Nothing is left' } },
  problems: [],
};
