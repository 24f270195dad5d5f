import type { AccessEnvironment } from '../access/environment.ts';
import type { Directory } from '../directory/directory.ts';

/** The bindings and variables an application needs. */
export interface ApplicationEnvironment extends AccessEnvironment {
  readonly DIRECTORY: DurableObjectNamespace<Directory>;
}
