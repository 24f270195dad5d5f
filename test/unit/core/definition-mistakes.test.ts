import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../../src/cli/bundle.ts';

// What the compiler says of a definition whose types it cannot know, or that are wrong: its error names the cure.

const BEFORE = `
import { change, defineApplication } from '${join(root, 'src/core/define.ts')}';
import * as v from 'valibot';
const By = v.object({ by: v.number() });
const base = { name: 'x', version: 1 } as const;
`;

const MISTAKES: readonly (readonly [title: string, code: string, error: RegExp])[] = [
  [
    'reducers without an annotation where the state is not known',
    'defineApplication({ ...base, initial: { count: 0 }, changes: { add: change(By, (state, { by }) => { state.count += by; }) } });',
    /Property 'count' does not exist on type 'NotInferred<"In a definition write changes: \(change\) => \(\{ \.\.\. \}\)\. Elsewhere annotate/,
  ],
  [
    'an empty object in `initial`',
    'defineApplication({ ...base, initial: { items: {} }, changes: (change) => ({ add: change(By, (state, { by }) => { state.items[String(by)] = by; }) }) });',
    /NotInferred<"Give it a type: initial: \{ \.\.\. \} as State, or a schema of the whole state: state: State">/,
  ],
  [
    'an empty array in `initial`',
    'defineApplication({ ...base, initial: { list: [] }, changes: (change) => ({ add: change(By, (state, { by }) => { state.list.push(by); }) }) });',
    /Property 'push' does not exist on type 'NotInferred<"Give it a type/,
  ],
  [
    'an empty object as `initial`',
    'defineApplication({ ...base, initial: {}, changes: (change) => ({ add: change(By, (state, { by }) => { state.count = by; }) }) });',
    /Property 'count' does not exist on type 'NotInferred<"Give it a type/,
  ],
  [
    'an asynchronous schema',
    'defineApplication({ ...base, initial: { count: 0 }, changes: (change) => ({ add: change(v.objectAsync({ by: v.number() }), () => undefined) }) });',
    /Explained<"Schemas are synchronous: object, not objectAsync; pipe, not pipeAsync\.">/,
  ],
  [
    'an asynchronous reducer',
    'defineApplication({ ...base, initial: { count: 0 }, changes: (change) => ({ add: change(By, async (state) => { state.count += 1; }) }) });',
    /Promise<void>/,
  ],
  [
    'a member that the state does not have',
    'defineApplication({ ...base, initial: { count: 0 }, changes: (change) => ({ add: change(By, (state) => { state.wrong = 1; }) }) });',
    /Property 'wrong' does not exist on type '\{ count: number; \}'/,
  ],
  [
    'a version above 1 without `migrate`',
    'defineApplication({ ...base, version: 2, initial: { count: 0 }, changes: (change) => ({ add: change(By, (state, { by }) => { state.count += by; }) }) });',
    /Property 'migrate' is missing in type .* but required in type 'VersionAbove1'/,
  ],
  [
    'a reason that the definition does not list',
    "defineApplication({ ...base, initial: { count: 0 }, reasons: ['closed'], changes: (change, reject) => ({ add: change(By, () => reject('shut', 'No.')) }) });",
    /'"shut"' is not assignable to parameter of type '"closed"'/,
  ],
  [
    'an inverse that names no change',
    "defineApplication({ ...base, initial: { count: 0 }, changes: (change) => ({ add: change(By, () => undefined) }), inverse: () => ({ name: 'subtract', args: { by: 1 } }) });",
    /'"subtract"' is not assignable to type '"add"'/,
  ],
  [
    'an inverse with other args',
    "defineApplication({ ...base, initial: { count: 0 }, changes: (change) => ({ add: change(By, () => undefined) }), inverse: () => ({ name: 'add', args: { to: 1 } }) });",
    /'by' is missing in type '\{ to: number; \}'/,
  ],
];

it('the error of each mistake names what to write', () => {
  mkdirSync(join(root, '.wrangler'), { recursive: true });
  const folder = mkdtempSync(join(root, '.wrangler', 'mistakes-'));
  try {
    const paths = MISTAKES.map(([, code], index) => {
      const path = join(folder, `mistake-${index}.ts`);
      writeFileSync(path, `${BEFORE}export const wrong = ${code}\n`);
      return path;
    });
    const options =
      '--ignoreConfig --noEmit --strict --skipLibCheck --allowImportingTsExtensions --target es2024 --module esnext --moduleResolution bundler --types node';
    const { stdout } = spawnSync('npx', ['tsc', ...options.split(' '), ...paths], { cwd: root, encoding: 'utf8' });
    for (const [index, [title, , error]] of MISTAKES.entries()) {
      const found = stdout.split(/^(?=\S)/m).filter((text) => text.includes(`mistake-${index}.ts`));
      expect(found.join(''), title).toMatch(error);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
