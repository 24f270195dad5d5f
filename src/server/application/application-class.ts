import type { Definition } from '../../core/definition.ts';
import { ApplicationObject } from './application-object.ts';
import type { ApplicationEnvironment } from './environment.ts';

/** What a deployment exports, and what its migrations name. */
export type ApplicationClass = new (ctx: DurableObjectState, env: ApplicationEnvironment) => ApplicationObject;

/**
 * The Durable Object class for a set of definitions.
 *
 * @param definitions what applications may run, each under its own name
 * @param firstKind the kind that a first push to an unknown application creates; by default the first one
 */
export const applicationClass = (
  definitions: readonly Definition[],
  firstKind = definitions[0]?.name ?? '',
): ApplicationClass => {
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
