import type { Definition } from '../core/definition.ts';
import { applicationClass } from './application/application-class.ts';
import { Directory } from './directory/directory.ts';
import { service } from './http/service.ts';

/**
 * A whole Changebucket for a deployment's own definitions: the Worker and its two Durable Object classes.
 *
 * @param definitions what applications may run; the first is what a first push creates [L2]
 * @example
 * const { worker, Application, Directory } = changebucket([document, todos]);
 * export { Application, Directory };
 * export default worker;
 */
export const changebucket = (definitions: readonly Definition[]) => ({
  worker: service(),
  Application: applicationClass(definitions),
  Directory,
});
