import { afterEach, expect } from 'vitest';
import { takeFaults } from './described-answers.ts';

// Fails each worker test that has seen an answer which `/openapi.json` does not describe.
afterEach(() => {
  expect(takeFaults(), 'answers that are not as /openapi.json says').toEqual([]);
});
