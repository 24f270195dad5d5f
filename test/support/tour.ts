/** One command of the curl tour of a page, and the texts that its output must contain. */
export interface Step {
  readonly command: string;
  readonly expected: readonly string[];
}

const BLOCK = /^```sh tour\n([\s\S]*?)^```$/gm;

/** All commands of a page's curl tour, in order. A line that ends in a backslash goes on in the next one. */
export const stepsOf = (page: string): Step[] => {
  const steps: { command: string; expected: string[] }[] = [];
  for (const [, block = ''] of page.matchAll(BLOCK)) {
    for (const line of block
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .filter((each) => each !== '')) {
      if (line.startsWith('#> ')) steps.at(-1)?.expected.push(line.slice(3));
      else steps.push({ command: line, expected: [] });
    }
  }
  return steps;
};

const MARK = '@@@@ step';

/**
 * One shell script that runs all steps, so that variables persist from step to step.
 *
 * @param url base URL of the server, without a slash at the end
 */
export const scriptOf = (steps: readonly Step[], url: string): string =>
  steps.flatMap(({ command }) => [command.replaceAll('http://localhost:8787', url), `echo; echo '${MARK}'`]).join('\n');

/** The output of each step, in order. */
export const outputsOf = (printed: string): string[] => printed.split(`${MARK}\n`);
