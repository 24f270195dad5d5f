import type { Layer, Permission } from './import-rules.ts';
import { type Import, importsOf } from './imports.ts';
import type { SourceFile } from './source-files.ts';

const TYPE_ONLY = 'type:';

const isWithin = (path: string, folder: string): boolean =>
  folder === '' || path === folder || path.startsWith(`${folder}/`);

const nameIn = (permission: Permission): string => permission.replace(TYPE_ONLY, '');

const allows = (permission: Permission, { to, isType }: Import): boolean =>
  isWithin(to, nameIn(permission)) && (isType || !permission.startsWith(TYPE_ONLY));

const listed = (permissions: readonly Permission[]): string =>
  permissions.length === 0 ? 'nothing' : permissions.join(', ');

/** What is wrong with one permission of a table: the table is to tell the truth. */
const staleness = (name: string, permission: Permission, imports: readonly Import[]): string[] => {
  const used = imports.filter(({ to }) => isWithin(to, nameIn(permission)));
  if (used.length === 0) return [`${name} may import ${permission} and does not: take it out of the table`];
  if (!permission.startsWith(TYPE_ONLY) && used.every(({ isType }) => isType))
    return [`${name} imports only types of ${permission}: make it type:${permission} in the table`];
  return [];
};

const breaches = (
  name: string,
  permissions: readonly Permission[],
  imports: readonly Import[],
  reason: string,
): string[] => [
  ...imports
    .filter((each) => !permissions.some((permission) => allows(permission, each)))
    .map(({ from, to, isType }) => `${from} imports ${isType ? 'types of ' : ''}${to}: ${reason}`),
  ...permissions.flatMap((permission) => staleness(name, permission, imports)),
];

/** The name of the longest entry that a path lies in. */
const ownerOf = (path: string, names: readonly string[]): string | undefined =>
  names.filter((name) => isWithin(path, name)).sort((a, b) => b.length - a.length)[0];

/** What is wrong between the layers of src, and with their table. */
export const layerBreaches = (files: readonly SourceFile[], layers: Readonly<Record<string, Layer>>): string[] => {
  const names = Object.keys(layers);
  const imports = files.flatMap(importsOf);
  return Object.entries(layers).flatMap(([name, { imports: permissions, packages, reason }]) => {
    const leaving = imports.filter(
      ({ from, to, isPackage }) => ownerOf(from, names) === name && (isPackage || ownerOf(to, names) !== name),
    );
    const label = name === '' ? 'src' : name;
    return [
      ...breaches(
        label,
        permissions,
        leaving.filter(({ isPackage }) => !isPackage),
        reason,
      ),
      ...breaches(
        label,
        packages,
        leaving.filter(({ isPackage }) => isPackage),
        reason,
      ),
    ];
  });
};

/** What is wrong between the folders inside one layer, and with their table. */
export const folderBreaches = (
  files: readonly SourceFile[],
  layer: string,
  folders: Readonly<Record<string, readonly Permission[]>>,
): string[] => {
  const folderOf = (path: string): string => {
    const rest = path.slice(layer.length + 1);
    return rest.includes('/') ? rest.slice(0, rest.indexOf('/')) : '.';
  };
  const imports = files
    .flatMap(importsOf)
    .filter(({ from, to }) => isWithin(from, layer) && isWithin(to, layer) && folderOf(from) !== folderOf(to));
  const missing = [...new Set(files.filter(({ path }) => isWithin(path, layer)).map(({ path }) => folderOf(path)))]
    .filter((folder) => folders[folder] === undefined)
    .map((folder) => `${layer}/${folder} is not in the table`);
  return [
    ...missing,
    ...Object.entries(folders).flatMap(([folder, permissions]) =>
      breaches(
        `${layer}/${folder}`,
        permissions.map((permission) => permission.replace(/^(type:)?/, `$1${layer}/`)),
        imports.filter(({ from }) => folderOf(from) === folder),
        `${layer}/${folder} may import ${listed(permissions)}`,
      ),
    ),
  ];
};
