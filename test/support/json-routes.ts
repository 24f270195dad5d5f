import { JSON_PATCH_TYPE, MERGE_PATCH_TYPE } from '../../src/protocol/patch.ts';
import type { Answer, Api } from './api.ts';
import { send } from './refusals.ts';

/** A request of an application that takes a JSON body. */
export interface JsonRoute {
  readonly name: string;
  readonly method: string;
  readonly rest: string;
  readonly type: string;
  /** A body of the route with a value where it is deepest. */
  readonly wrap: (value: string) => string;
  /** Levels that `wrap` adds. */
  readonly levels: number;
}

const merge = (value: string): string => `{"name":"merge","args":${value}}`;

export const changeRoute: JsonRoute = {
  name: 'a named change',
  method: 'PUT',
  rest: '/changes/c1/2',
  type: 'application/json',
  wrap: merge,
  levels: 1,
};

/** A change that comes without a client and without an n. */
export const anonymousRoute: JsonRoute = {
  ...changeRoute,
  name: 'a change without a client',
  method: 'POST',
  rest: '/changes',
};

export const batchRoute: JsonRoute = {
  name: 'a batch',
  method: 'PUT',
  rest: '/changes/c1',
  type: 'application/json',
  wrap: (value) => `{"n":2,"changes":[{"name":"merge"},${merge(value)}]}`,
  levels: 3,
};

const mergePatchRoute: JsonRoute = {
  ...changeRoute,
  name: 'a merge patch',
  type: MERGE_PATCH_TYPE,
  wrap: (value) => value,
  levels: 0,
};

const jsonPatchRoute: JsonRoute = {
  ...changeRoute,
  name: 'a JSON patch',
  type: JSON_PATCH_TYPE,
  wrap: (value) => `[{"op":"add","path":"/x","value":${value}}]`,
  levels: 2,
};

export const createRoute: JsonRoute = {
  name: 'a creation',
  method: 'PUT',
  rest: '',
  type: 'application/json',
  wrap: (value) => `{"kind":${value}}`,
  levels: 1,
};

/** The routes that queue a change when the request is valid. */
export const PUSH_ROUTES: readonly JsonRoute[] = [
  changeRoute,
  anonymousRoute,
  batchRoute,
  mergePatchRoute,
  jsonPatchRoute,
];

export const JSON_ROUTES: readonly JsonRoute[] = [...PUSH_ROUTES, createRoute];

export const sendTo = (api: Api, { method, rest, type }: JsonRoute, body: BodyInit): Promise<Answer> =>
  send(api, method, rest, body, { 'Content-Type': type });

/** Every case on every route. */
export const onEach = <T>(
  cases: Readonly<Record<string, T>>,
  routes: readonly JsonRoute[] = JSON_ROUTES,
): [name: string, route: JsonRoute, value: T][] =>
  routes.flatMap((route) =>
    Object.entries(cases).map(([name, value]): [string, JsonRoute, T] => [`${route.name}: ${name}`, route, value]),
  );
