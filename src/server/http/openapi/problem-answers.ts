import { PROBLEMS, type ProblemName } from '../../../protocol/problems.ts';
import { describeHeaders, type HeaderName } from './answer-headers.ts';
import type { Access, Method, Operation } from './operation.ts';

/** What a body of JSON can be refused for [J1] to [J7]. */
export const JSON_BODY_PROBLEMS = [
  'malformed-json',
  'invalid-utf8',
  'unsupported-media-type',
  'too-large',
  'too-deep',
  'number-range',
  'ill-formed-string',
  'key-too-long',
  'forbidden-key',
] as const satisfies readonly ProblemName[];

/** What every request under `/v1` can be refused for, before its handler runs. */
const ADMISSION: readonly ProblemName[] = [
  'invalid-query',
  'token-in-url',
  'unauthorized',
  'rate-limited',
  'internal',
  'not-configured',
];

/** What follows from who may ask. */
const OF_ACCESS: Readonly<Record<Access, readonly ProblemName[]>> = {
  public: ['invalid-query', 'internal'],
  anyone: [...ADMISSION, 'unavailable'],
  subject: [...ADMISSION, 'invalid-id', 'forbidden', 'unavailable'],
  operator: [...ADMISSION, 'forbidden'],
  owner: [...ADMISSION, 'invalid-id', 'unknown-application', 'unavailable'],
  reader: [...ADMISSION, 'invalid-id', 'unknown-application', 'unavailable'],
  writer: [...ADMISSION, 'invalid-id', 'unknown-application', 'unavailable', 'forbidden'],
  admin: [...ADMISSION, 'invalid-id', 'unknown-application', 'unavailable', 'forbidden'],
};

/** Every problem that an operation can answer with. */
const problemsOf = (method: Method, { access, operatorUse, problems }: Operation): readonly ProblemName[] => {
  const foreign: readonly ProblemName[] = method === 'GET' || access === 'public' ? [] : ['forbidden-origin'];
  // The audit log, or the registry, may not answer.
  const audited: readonly ProblemName[] = operatorUse === undefined ? [] : ['unavailable'];
  const all = new Set([...OF_ACCESS[access], ...foreign, ...audited, ...problems]);
  return (Object.keys(PROBLEMS) as ProblemName[]).filter((name) => all.has(name));
};

/** The answers of an operation with a problem, by status. */
export const describeProblems = (method: Method, operation: Operation): Record<string, object> => {
  const names = problemsOf(method, operation);
  const statuses = [...new Set(names.map((name) => PROBLEMS[name][0]))];
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      problemAnswer(
        status,
        names.filter((name) => PROBLEMS[name][0] === status),
        operation.problemHeaders ?? [],
      ),
    ]),
  );
};

/** An answer with one of these problems. */
const problemAnswer = (status: number, names: readonly ProblemName[], more: readonly HeaderName[]): object => ({
  description: names.map((name) => `${name}: ${PROBLEMS[name][1]}`).join('. '),
  headers: describeHeaders([
    ...(HEADERS_OF[status] ?? ['Changebucket-Position?', 'Retry-After?']),
    'Changebucket-Request?',
    ...more,
  ]),
  content: {
    'application/problem+json': {
      schema: {
        allOf: [
          { $ref: '#/components/schemas/Problem' },
          {
            type: 'object',
            properties: {
              type: { type: 'string', enum: names.map((name) => `urn:changebucket:problem:${name}`) },
              status: { type: 'integer', const: status },
            },
          },
        ],
      },
    },
  },
});

/** Headers of statuses that have others than most. */
const HEADERS_OF: Readonly<Record<number, readonly HeaderName[]>> = {
  401: ['WWW-Authenticate'],
  426: ['Upgrade'],
  429: ['Retry-After', 'Changebucket-Position?'],
};
