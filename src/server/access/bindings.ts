import type { Failure } from '../../core/json/failure.ts';
import { log } from '../logging/log.ts';
import { misconfigured } from './settings.ts';

/** The namespaces that a deployment needs, and their classes. */
const CLASSES = { APPLICATION: 'Application', DIRECTORY: 'Directory' } as const;

type BindingName = keyof typeof CLASSES;

/** An environment as it may be: nothing has checked the bindings of a deployment. */
type Bindings = { readonly [Name in BindingName]?: unknown };

const NAMES: readonly BindingName[] = ['APPLICATION', 'DIRECTORY'];

/** Those that an environment lacks, with the failure. */
interface Missing {
  readonly names: readonly BindingName[];
  readonly failure: Failure;
}

const results = new WeakMap<Bindings, Missing | 'complete'>();

/**
 * The failure of a deployment without one of its namespaces [A5]. Checked before anything is accepted: a change without its
 * object is lost, and an application without its directory is never listed. Checked, and logged, once for each environment.
 *
 * @param needed those that this caller needs; by default all
 */
export const missingBindings = (env: Bindings, needed = NAMES): Failure | undefined => {
  const result = results.get(env) ?? checkBindings(env);
  results.set(env, result);
  return result !== 'complete' && needed.some((name) => result.names.includes(name)) ? result.failure : undefined;
};

const checkBindings = (env: Bindings): Missing | 'complete' => {
  const names = NAMES.filter((name) => !isNamespace(env[name]));
  if (names.length === 0) return 'complete';
  const entries = names.map((name) => `{ "name": "${name}", "class_name": "${CLASSES[name]}" }`).join(', ');
  const failure = misconfigured(
    `Durable Object bindings are missing: ${names.join(', ')}. Add ${entries} to durable_objects.bindings in wrangler's configuration, and deploy again.`,
  );
  log('error', 'the deployment is not configured', { detail: failure.problem.detail });
  return { names, failure };
};

/** A binding of this name may also be of another type, such as KV. */
const isNamespace = (binding: unknown): boolean =>
  typeof binding === 'object' && binding !== null && 'idFromName' in binding;
