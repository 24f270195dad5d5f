import { basename } from 'node:path';

/** As long as a Worker's name may be: it is a label of its host name. */
const LENGTH_MAX = 63;

/** The name of the package and of the Worker, from that of the folder: lower case letters, digits and hyphens. */
export const projectNameOf = (folder: string): string => {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LENGTH_MAX)
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'my-app' : name;
};
