import type { Definition } from '../core/definition.ts';
import { applicationClass } from './application/application-class.ts';
import { Directory } from './directory/directory.ts';
import { scheduled } from './http/scheduled.ts';
import { service } from './http/service.ts';

/**
 * Makes a complete Changebucket: the Worker and its two Durable Object classes. The bindings they need are described by
 * `Environment`.
 *
 * @param definitions the kinds that applications may have, at least one; a first push creates an application of the
 *   first kind [L2]
 * @returns `worker`, the module's default export; `Application` and `Directory`, to be exported under these names
 * @throws Error when there is no definition, or two of them have one name
 * @example
 * const { worker, Application, Directory } = changebucket([document, todos]);
 * export { Application, Directory };
 * export default worker;
 */
export const changebucket = (definitions: readonly Definition[]) => {
  checkNames(definitions.map(({ name }) => name));
  return { worker: Object.assign(service(), { scheduled }), Application: applicationClass(definitions), Directory };
};

/** Thrown when the module is loaded, so that a deployment fails and not its first request. */
const checkNames = (names: readonly string[]): void => {
  if (names.length === 0) throw new Error('changebucket() needs at least one definition.');
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new Error(`changebucket() got two definitions with the name "${repeated}".`);
};
