import type { Context } from 'hono';
import { ProblemError } from '../../../core/json/problem-error.ts';
import {
  type ApplicationId,
  applicationName,
  type ClientId,
  parseApplicationId,
  parseClientId,
  parseCounter,
} from '../../../protocol/ids.ts';
import { type Owner, parseOwner } from '../../../protocol/owners.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import { authorize, roleFor } from '../../access/authorize.ts';
import type { Principal, Role } from '../../access/principal.ts';
import type { SenderArguments } from '../../rpc/messages.ts';
import { PUBLIC_PASS, printPass, STRANGERS } from '../../rpc/pass.ts';
import type { Environment } from './environment.ts';
import { requestIdOf } from './request-id.ts';

/** Facts about a request that are set before its handler runs. */
export interface Variables {
  principal: Principal;
  /** The request's headers, read once: each access to `request.headers` or `request.url` is a call out of JavaScript. */
  headers: Headers;
  /** The id of the request, once it was needed: see `requestIdOf`. */
  requestId?: string;
  /** The query with its question mark, as it was sent; '' without one. */
  search: string;
  /** Whether the route may be asked without a token, where the application is public [A15]. */
  strangers?: 'allowed' | 'refused';
  /** Whether the request uses the right of an operator [A10]: its own role does not suffice. */
  usesOperatorRight?: boolean;
}

/** Hono's context of a request. */
export type Ctx = Context<{ Bindings: Environment; Variables: Variables }>;

/** The handler of a route. */
export type Handler = (c: Ctx) => Response | Promise<Response>;

/** Looks a header's value up; null without the header. */
export type HeaderReader = (name: string) => string | null;

/** A header's value; null without the header. */
export const headerOf = (c: Ctx, name: string): string | null => c.get('headers').get(name);

/**
 * Who calls an application, as it is told [A12]. An operator who uses that right has no role there: its token is checked
 * before [A13].
 */
export const senderOf = (c: Ctx, application: ApplicationId): SenderArguments => {
  const principal = c.get('principal');
  const request = requestIdOf(c);
  if (principal.kind === 'stranger') return [STRANGERS, PUBLIC_PASS, request];
  if (principal.kind !== 'token' || c.get('usesOperatorRight') === true) return [principal.subject, undefined, request];
  const { subject, issuedAt = 0, expires } = principal;
  return [subject, printPass({ role: roleFor(principal, application) ?? '', issuedAt, expires }), request];
};

/** The name of the request's sender, for what it creates: its subject, or the secret that it has sent [A10]. */
export const senderName = (c: Ctx): string => {
  const principal = c.get('principal');
  return principal.kind === 'operator' ? principal.secret : principal.subject;
};

/**
 * The success value of a parser.
 *
 * @throws ProblemError for a failure value, which ends the request with its problem
 */
export const unwrap = <T extends { readonly kind: string }>(
  parsed: T | { readonly kind: 'problem'; readonly problem: Problem },
): T => {
  if (parsed.kind === 'problem') throw new ProblemError((parsed as { problem: Problem }).problem);
  return parsed as T;
};

/** The application in the path of the matched route; undefined where it names none. */
export const applicationIn = (c: Ctx): ApplicationId | undefined =>
  parseApplicationId(encodedOwner(c), c.req.param('app') ?? '');

/** As it was sent: Hono decodes what it can and leaves the rest, so that two paths would name one owner [I4]. */
const encodedOwner = (c: Ctx): string => c.req.path.split('/', 4)[3] ?? '';

/** Its name for log lines, `owner/app`. */
export const applicationNameIn = (c: Ctx): string | undefined => {
  const id = applicationIn(c);
  return id === undefined ? undefined : applicationName(id);
};

/** @throws ProblemError `invalid-id` */
export const applicationParam = (c: Ctx): ApplicationId => {
  const id = applicationIn(c);
  if (id !== undefined) return id;
  throw parseOwner(encodedOwner(c)) === undefined ? invalidOwner() : invalidId('application');
};

/**
 * The application in the path, for a sender that has a role in it [A3] [A4], or uses the right of an operator [A10].
 *
 * @throws ProblemError `forbidden`, or `unknown-application` without any role
 */
export const requireRole = (c: Ctx, needed: Role): ApplicationId => {
  const id = applicationParam(c);
  if (c.get('usesOperatorRight') === true) return id;
  const granted = authorize(c.get('principal'), id, needed);
  if (granted !== 'granted') throw new ProblemError(granted);
  return id;
};

/** The owner in the path of the matched route; undefined where it names none. */
export const ownerIn = (c: Ctx): Owner | undefined => parseOwner(encodedOwner(c));

/** @throws ProblemError `invalid-id` */
export const ownerParam = (c: Ctx): Owner => {
  const owner = ownerIn(c);
  if (owner === undefined) throw invalidOwner();
  return owner;
};

/**
 * Lets an operator and the subject itself go on: everybody else is told the same, whether or not there is such a subject.
 *
 * @throws ProblemError `forbidden`
 */
export const requireSubject = (c: Ctx, subject: string): void => {
  if (c.get('usesOperatorRight') === true || c.get('principal').subject === subject) return;
  const detail = 'This is for the subject itself, and for operators.';
  throw new ProblemError(problem('forbidden', detail, { needed: 'operator' }));
};

/** @throws ProblemError `invalid-id` */
export const clientParam = (c: Ctx): ClientId => {
  const client = parseClientId(c.req.param('client') ?? '');
  if (client === undefined) throw invalidId('client');
  return client;
};

/**
 * The parameter `n` or `seq` [I2].
 *
 * @throws ProblemError `invalid-id`
 */
export const counterParam = (c: Ctx, name: string): number => {
  const counter = parseCounter(c.req.param(name) ?? '');
  if (counter === undefined)
    throw new ProblemError(problem('invalid-id', `${name} is a whole number from 1 to 2^53 - 1.`));
  return counter;
};

const invalidOwner = (): ProblemError =>
  new ProblemError(problem('invalid-id', 'The owner must be the subject of a token, percent-encoded [I4].'));

const invalidId = (what: string): ProblemError =>
  new ProblemError(problem('invalid-id', `The ${what} must match [A-Za-z0-9][A-Za-z0-9._~-]{0,127}.`));
