import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('docs/tanstack-db.md installs the pair of versions that the tests use', () => {
  const { devDependencies: uses } = JSON.parse(readFileSync('package.json', 'utf8'));
  const pair = ['@tanstack/db', '@tanstack/react-db'].map((name) => `${name}@${uses[name]}`);
  expect(readFileSync('docs/tanstack-db.md', 'utf8')).toContain(`npm install --save-exact ${pair.join(' ')}`);
  const needed = JSON.parse(readFileSync('node_modules/@tanstack/react-db/package.json', 'utf8')).dependencies;
  expect(needed['@tanstack/db']).toBe(uses['@tanstack/db']);
});
