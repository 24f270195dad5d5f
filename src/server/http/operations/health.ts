import type { Operation } from '../openapi/operation.ts';
import * as routes from '../routes/health.ts';
import { HEALTH_QUERY } from '../routes/health.ts';

export const getHealth: Operation = {
  handle: routes.getHealth,
  operationId: 'getHealth',
  summary: 'Tell that the Worker runs, and how old its backups are [K4]',
  access: 'public',
  query: HEALTH_QUERY,
  answers: {
    200: { description: 'It runs', content: { 'application/json': 'Health' } },
    503: { description: 'Backups are late', content: { 'application/json': 'Health' } },
  },
  problems: ['not-configured', 'rate-limited'],
};
