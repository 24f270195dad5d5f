#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { type Arguments, readArguments, UsageError } from './arguments.ts';
import { projectNameOf } from './project-name.ts';
import { isFree, writeProject } from './write-project.ts';

const HELP = `Makes a project: a board for a team, with rules of its own, in React, with a Worker, a login and tests.

Usage: npm create changebucket -- [folder] [options]

  folder               where to make it: new or empty (default my-app). Its name becomes the project's

  --install            run "npm install" there, too
  --changebucket SPEC  the version of changebucket to use, or the path of its tarball (default: as this version was tested)
  --help, --version

Exit status: 0 done, 1 failed, 2 called in a way that it does not know.
`;

const main = (): number => {
  const args = readArguments(process.argv.slice(2));
  if (args.asks === 'help') return say(HELP);
  if (args.asks === 'version') return say(version());
  const folder = resolve(args.folder);
  if (!isFree(folder)) {
    console.error(`${folder} is not empty. Name another folder: npm create changebucket -- another-name`);
    return 1;
  }
  const name = projectNameOf(folder);
  writeProject({ folder, name, changebucket: args.changebucket });
  say(`Made ${name} in ${folder}`);
  if (args.installs && !install(folder)) return 1;
  return say(nextSteps(folder, args));
};

const say = (text: string): 0 => {
  console.log(text);
  return 0;
};

const version = (): string => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
};

const install = (folder: string): boolean => {
  // npm is a script on Windows, which only a shell starts.
  const { status } = spawnSync('npm', ['install'], {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) console.error(`"npm install" has failed. The project is complete: run it again in ${folder}`);
  return status === 0;
};

const nextSteps = (folder: string, { installs }: Arguments): string => {
  const path = relative('', folder);
  const steps = [
    path === '' ? '' : `cd ${/\s/.test(path) ? JSON.stringify(path) : path}`,
    installs ? '' : 'npm install',
    'npm run dev      # the board on http://localhost:5173: sign in with any name, in two browsers',
    'npm test         # the rules and the page; README.md has the rest',
  ];
  return ['', ...steps.filter((step) => step !== '').map((step) => `  ${step}`), ''].join('\n');
};

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\nHelp: npm create changebucket -- --help`);
  process.exitCode = 2;
}
