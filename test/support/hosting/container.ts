import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** What a Dockerfile does, in a folder of this machine: the image's files, its environment and its command. */
export interface Image {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
}

/**
 * Runs the steps of a Dockerfile as a script, for machines without a builder. Packages of the distribution are taken as
 * they are here.
 *
 * @param context the folder of the project
 * @throws Error for an instruction that it does not know, and when a step fails
 */
export const runSteps = (dockerfile: string, context: string, folder: string): Image => {
  const env: Record<string, string> = {};
  const commands: Record<string, string[]> = {};
  for (const line of dockerfile.trim().split('\n')) {
    const [, instruction = '', rest = ''] = /^(\w+) (.*)$/.exec(line) ?? [];
    if (instruction === 'WORKDIR') mkdirSync(folder, { recursive: true });
    else if (instruction === 'COPY') copy(rest, context, folder);
    else if (instruction === 'ENV')
      Object.assign(env, Object.fromEntries(rest.split(' ').map((pair) => pair.split('='))));
    else if (instruction === 'RUN' && !rest.startsWith('apt-get '))
      execFileSync('sh', ['-c', rest], { cwd: folder, stdio: 'pipe' });
    else if (instruction === 'CMD') commands['CMD'] = JSON.parse(rest);
    else if (instruction === 'HEALTHCHECK') commands['HEALTHCHECK'] = JSON.parse(rest.replace(/^CMD /, ''));
    else if (!['FROM', 'RUN', 'VOLUME', 'EXPOSE'].includes(instruction)) throw new Error(`unknown step: ${line}`);
  }
  return { folder, env, command: commands['CMD'] ?? [], healthcheck: commands['HEALTHCHECK'] ?? [] };
};

const copy = (rest: string, context: string, folder: string): void => {
  const [pattern = '', to = '.'] = rest.split(' ');
  const paths = pattern === '.' ? ['.'] : globSync(pattern, { cwd: context });
  for (const path of paths) {
    const filter = (source: string): boolean => !source.includes('node_modules');
    cpSync(join(context, path), join(folder, to, path), { recursive: true, filter });
  }
};

/** Whether Docker can build here: it has a daemon, and the base image or a way to it. */
export const hasBuilder = (baseImage: string): boolean =>
  spawnSync('docker', ['info'], { timeout: 10_000 }).status === 0 &&
  (spawnSync('docker', ['image', 'inspect', baseImage]).status === 0 ||
    spawnSync('docker', ['pull', '--quiet', baseImage], { timeout: 120_000 }).status === 0);
