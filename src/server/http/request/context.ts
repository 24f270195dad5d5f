import type { Context } from 'hono';
import { ProblemError } from '../../../core/json/problem-error.ts';
import {
  type ApplicationId,
  type ClientId,
  isId,
  type Owner,
  parseApplicationId,
  parseClientId,
  parseCounter,
} from '../../../protocol/ids.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import { authorize } from '../../access/authorize.ts';
import type { Principal, Role } from '../../access/principal.ts';
import type { Environment } from './environment.ts';

/** What is known before a handler runs. */
export interface Variables {
  principal: Principal;
  /** The request's: each look at `request.headers` or `request.url` is a call out of JavaScript. */
  headers: Headers;
  /** The query with its question mark, as it was sent; '' without one. */
  search: string;
}

export type Ctx = Context<{ Bindings: Environment; Variables: Variables }>;

export type Handler = (c: Ctx) => Response | Promise<Response>;

export const headerOf = (c: Ctx, name: string): string | null => c.get('headers').get(name);

/** The good half of a parser's answer; the bad half ends the request with its problem. */
export const unwrap = <T extends { readonly kind: string }>(
  parsed: T | { readonly kind: 'problem'; readonly problem: Problem },
): T => {
  if (parsed.kind === 'problem') throw new ProblemError((parsed as { problem: Problem }).problem);
  return parsed as T;
};

/** The application the matched route names. */
export const applicationParam = (c: Ctx): ApplicationId => {
  const id = parseApplicationId(c.req.param('owner') ?? '', c.req.param('app') ?? '');
  if (id === undefined) throw invalidId('owner and application');
  return id;
};

/** The same, once the caller may do this with it [A3] [A4]. */
export const requireRole = (c: Ctx, needed: Role): ApplicationId => {
  const id = applicationParam(c);
  const verdict = authorize(c.get('principal'), id, needed);
  if (verdict !== 'granted') throw new ProblemError(verdict);
  return id;
};

export const ownerParam = (c: Ctx): Owner => {
  const owner = c.req.param('owner') ?? '';
  if (!isId(owner)) throw invalidId('owner');
  return owner as Owner;
};

export const clientParam = (c: Ctx): ClientId => {
  const client = parseClientId(c.req.param('client') ?? '');
  if (client === undefined) throw invalidId('client');
  return client;
};

/** `n` or `seq` [I2]. */
export const counterParam = (c: Ctx, name: string): number => {
  const counter = parseCounter(c.req.param(name) ?? '');
  if (counter === undefined)
    throw new ProblemError(problem('invalid-id', `${name} is a whole number from 1 to 2^53 - 1.`));
  return counter;
};

const invalidId = (what: string): ProblemError =>
  new ProblemError(problem('invalid-id', `The ${what} must match [A-Za-z0-9][A-Za-z0-9._~-]{0,127}.`));
