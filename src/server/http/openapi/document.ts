import { ANSWER_HEADERS, describeHeaders } from './answer-headers.ts';
import type { Contents, Method, Operation, Route, Success } from './operation.ts';
import { describePath, describeQuery, describeRequestHeaders } from './parameters.ts';
import { describeProblems } from './problem-answers.ts';
import { describeSchemas, reference } from './schemas.ts';

/**
 * The routes as OpenAPI 3.1, JSON text. Everything in it comes from the table of routes and from the schemas that
 * validate. PROTOCOL.md has the rules that no schema can express.
 */
export const openapi = (routes: readonly Route[]): string =>
  JSON.stringify({
    openapi: '3.1.0',
    info: {
      title: 'Changebucket',
      version: '1',
      summary: 'Application state for the edge',
      description:
        'Clients push changes and poll the state. PROTOCOL.md has the rules; texts such as [Q3] are their ids. GET routes answer HEAD, too.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The server that sent this document' }],
    security: [{ bearer: [] }],
    paths: Object.fromEntries(
      routes.map(([path, operations]) => [path.replace(/:(\w+)/g, '{$1}'), describeRoute(path, operations)]),
    ),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: describeSchemas(),
      headers: Object.fromEntries(OPTIONAL_HEADERS.map((name) => [name, ANSWER_HEADERS[name]])),
    },
  });

/** Headers that some answers may have. */
const OPTIONAL_HEADERS = [
  'Changebucket-Cost',
  'Changebucket-Position',
  'Changebucket-Request',
  'ETag',
  'Location',
  'Content-Location',
  'Preference-Applied',
  'Retry-After',
  'Server-Timing',
] as const;

const describeRoute = (path: string, operations: Route[1]): object => {
  const parameters = describePath(path);
  return {
    ...(parameters.length === 0 ? {} : { parameters }),
    ...Object.fromEntries(
      Object.entries(operations).map(([method, operation]) => [
        method.toLowerCase(),
        describeOperation(method as Method, operation),
      ]),
    ),
  };
};

const describeOperation = (method: Method, operation: Operation): object => {
  const { operationId, summary, access, operatorUse, strangers, query = {}, headers = [], body, answers } = operation;
  const parameters = [...describeQuery(query), ...describeRequestHeaders(headers)];
  return {
    operationId,
    summary,
    ...(access === 'public' ? { security: [] } : { 'x-access': access }),
    // Without a token where the application is public.
    ...(strangers === undefined ? {} : { security: [{ bearer: [] }, {}] }),
    ...(operatorUse === undefined ? {} : { 'x-operator': operatorUse.what }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: describeContents(body) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, success]) => [status, describeSuccess(success, operatorUse)]),
      ),
      ...describeProblems(method, operation),
      ...(101 in answers ? { default: { description: 'The socket closes: its code and reason tell why [W16].' } } : {}),
    },
  };
};

const describeSuccess = ({ description, headers = [], content }: Success, operatorUse: object | undefined): object => {
  const all = operatorUse === undefined ? headers : [...headers, 'Changebucket-Request?' as const];
  return {
    description,
    ...(all.length === 0 ? {} : { headers: describeHeaders(all) }),
    ...(content === undefined ? {} : { content: describeContents(content) }),
  };
};

const describeContents = (contents: Contents): object =>
  Object.fromEntries(Object.entries(contents).map(([type, name]) => [type, { schema: reference(name) }]));
