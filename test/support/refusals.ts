import { expect } from 'vitest';
import type { ProblemName } from '../../src/protocol/problems.ts';
import { type Answer, type Api, bearer, changedDocument, type Headings, problemsIn, request } from './api.ts';
import { positionIn } from './position.ts';

let owners = 0;

/** An owner for one application: requests are limited per subject. */
export const nextOwner = (): string => {
  owners += 1;
  return `owner-${owners}`;
};

/** A document of an owner of its own, with one change of one client in it. */
export const ownDocument = (): Promise<Api> => changedDocument(nextOwner());

/** Sends bytes or a stream as they are; nothing is added but the token of the owner. */
export const send = async (
  { path }: Api,
  method: string,
  rest: string,
  body: BodyInit | null = null,
  headers: Headings = {},
): Promise<Answer> => {
  const authorization = await bearer(path.split('/')[3] as string);
  return request(path + rest, { method, body, headers: { ...authorization, ...headers } });
};

/** Everything that a request could have changed: nothing else changes while the head does not. */
const traces = async (api: Api): Promise<unknown> => {
  const { text, headers } = await api.state({ Prefer: 'drain' });
  const { version, head, queue } = positionIn(headers);
  return [text, headers.get('ETag'), version, head, queue];
};

/** Expects the refusal, no change of the application [J11], and n = 2 still free for a valid change. */
export const expectRefused = async (
  [status, name]: readonly [status: number, name: ProblemName],
  bad: (api: Api) => Promise<Answer>,
  cure: object = {},
): Promise<void> => {
  const api = await ownDocument();
  const before = await traces(api);
  const answer = await bad(api);
  expect(problemsIn(answer, status, name)).toEqual([]);
  expect(answer.body).toMatchObject(cure);
  expect(await traces(api)).toEqual(before);
  const right = await api.merge('c1', 2, { right: true }, { Prefer: 'wait=5, return=representation' });
  expect([right.status, positionIn(right.headers).head]).toEqual([200, 2]);
  expect(right.body).toEqual({ a: 1, right: true });
};
