import type { Directory } from '../directory/directory.ts';

/** The bindings an application needs. */
export interface ApplicationEnvironment {
  readonly DIRECTORY: DurableObjectNamespace<Directory>;
}
