import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const FOLDER = 'src/server/application';

/** The calls of `log` in a source text. */
const logCalls = (source: string): string[] => source.match(/\blog\('(?:error|info)'[^;]*;/g) ?? [];

const isNamed = (call: string): boolean => /\bapplication[:,]/.test(call);

it('every log line of an application says which one it is', () => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const calls = files.flatMap((name) => logCalls(readFileSync(join(FOLDER, name), 'utf8')));
  expect(calls.length).toBeGreaterThan(4);
  expect(calls.filter((call) => !isNamed(call))).toEqual([]);
});

it('the check finds a log line without the application', () => {
  const source = "log('error', 'a', describeError(error));\nlog('info', 'b', { application: name() });";
  expect(logCalls(source).filter((call) => !isNamed(call))).toEqual(["log('error', 'a', describeError(error));"]);
});
