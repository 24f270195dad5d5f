import { tryParseJson } from '../../client/platform/parse-json.ts';
import { KIND_HEADER } from '../../protocol/kind.ts';

/** A kind that no deployment has: a push that names it is refused with the list of those that there are [L2]. */
const NO_KIND = 'no-such-kind';
const ANSWER_MS = 2_000;

/** What to try on a server that runs, by the kinds and pages that it has. */
export const firstSteps = async (url: string): Promise<string> => {
  const page = (await answerOf(url, {})).status === 200 ? `  The page:           ${url}/\n` : '';
  return `\n${page}${stepsFor(url, await kindsOf(url))}`;
};

const kindsOf = async (url: string): Promise<readonly string[]> => {
  const headers = { 'Content-Type': 'application/json', [KIND_HEADER]: NO_KIND };
  const { text } = await answerOf(`${url}/v1/apps/me/first-steps/changes`, {
    method: 'POST',
    headers,
    body: '{"name":"x"}',
  });
  return tryParseJson<{ readonly kinds?: readonly string[] } | null>(text)?.kinds ?? [];
};

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A Worker of one's own may answer anything, or nothing. */
const answerOf = async (url: string, init: RequestInit): Promise<Answer> => {
  try {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_MS) });
    return { status: answer.status, text: await answer.text() };
  } catch {
    return { status: 0, text: '' };
  }
};

const stepsFor = (url: string, kinds: readonly string[]): string =>
  kinds.includes('document')
    ? `  A first change:     curl -X PUT ${url}/v1/apps/me/notes/changes/laptop/1 \\
                        -H 'Content-Type: application/merge-patch+json' -d '{"hello":"world"}'
  The state:          curl ${url}/v1/apps/me/notes/state
`
    : `  A first change:     npx changebucket push me/first NAME 'ARGS' --kind ${kinds[0] ?? 'KIND'} --url ${url}
  The state:          npx changebucket get me/first --url ${url}
`;
