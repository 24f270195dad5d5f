import type { Definition } from '../../core/definition.ts';
import { listClaimsOf } from '../access/reducer-claims.ts';
import { validateOnlyToFirstIssue } from '../rpc/validate.ts';
import { ApplicationObject } from './application-object.ts';
import type { ApplicationEnvironment } from './environment.ts';

/** The class that a deployment exports, under the name that its migrations use. */
export type ApplicationClass = new (ctx: DurableObjectState, env: ApplicationEnvironment) => ApplicationObject;

/**
 * The Durable Object class for a set of definitions.
 *
 * @param definitions the kinds that applications may have, each under its own name
 * @param firstKind the kind that a first push to an unknown application creates [L2]; by default the first definition
 */
export const applicationClass = (
  definitions: readonly Definition[],
  firstKind = definitions[0]?.name ?? '',
): ApplicationClass => {
  validateOnlyToFirstIssue();
  listClaimsOf(definitions);
  const deployment = {
    firstKind,
    definitions: new Map(definitions.map((definition) => [definition.name, definition])),
  };
  return class Application extends ApplicationObject {
    constructor(ctx: DurableObjectState, env: ApplicationEnvironment) {
      super(ctx, env, deployment);
    }
  };
};
