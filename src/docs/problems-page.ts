import type { ClientProblemName } from '../client/platform/problem-error.ts';
import { CAUSERS, PROBLEM_GUIDE } from '../protocol/problem-guide.ts';
import { PROBLEMS, type ProblemName } from '../protocol/problems.ts';

/** The Markdown of docs/problems.md: every problem with its status, who can cause it, and what to do. */
export const problemsPage = (): string => `${HEAD}
| name | status | title | who can cause it | what to do |
| --- | --- | --- | --- | --- |
${sortedNames().map(row).join('\n')}
${TAIL}`;

const sortedNames = (): ProblemName[] =>
  (Object.keys(PROBLEMS) as ProblemName[]).sort((one, other) => (one < other ? -1 : 1));

const row = (name: ProblemName): string => {
  const [status, title] = PROBLEMS[name];
  const { causedBy, whatToDo } = PROBLEM_GUIDE[name];
  return `| \`${name}\` | ${status} | ${title} | ${causedBy.map((each) => CAUSERS[each]).join('; ')} | ${whatToDo} |`;
};

/** The client's own problems: what has happened, and what to do. */
const CLIENT_PROBLEMS: Readonly<Record<ClientProblemName, string>> = {
  'batch-misused':
    'What was passed to `client.batch` pushes nothing, is asynchronous, or pushes by another function than it is given. Nothing was queued.',
  'batch-too-large': 'A batch may have 1,000 changes and 1 MB. Nothing was queued: push less at once.',
  closed: '`client.close()` was called. Stored changes are sent by the next client.',
  'given-up':
    'The change was never sent, or certainly not accepted, for as long as the option `giveUp` allows. It was dropped: push it again if it is still wanted.',
  'history-lost':
    'The application was replaced, deleted or restored: what became of the change is not known. Look at the state.',
  'invalid-precondition':
    'The option `ifMatch` is no etag, or `ifUnchanged` came before any state. Nothing was queued.',
  'no-token': 'The function that brings tokens has failed. Its own error is the `cause`.',
  'not-json': 'The args are no JSON. The detail names the JSON Pointer; nothing was queued.',
  'nothing-to-undo': 'The change that was to be undone has changed nothing.',
  'outcome-unknown':
    'The change was sent and not answered for as long as the option `giveUp` allows. It was dropped, and may have been applied: look at the state before it is pushed again.',
  'socket-closed': 'The socket was closed without a reason that the server gives. The client connects again.',
  'subject-changed': 'Tokens are of another subject than before. Make another client for it.',
  timeout: 'The socket was silent for too long. The client connects again.',
  unreachable: 'The server did not answer. The change stays queued, and is sent again.',
};

const HEAD = `# Problems

Every error is a problem of RFC 9457, over HTTP as on a socket [E1]. Its \`type\` is \`urn:changebucket:problem:\` and the name; \`status\` is the HTTP status, also in frames; \`detail\` is a sentence for people, and the other members tell how to recover. Nothing of what a reducer, a schema or a migration throws is in it [E2].

This page is made by \`npm run docs:problems\` from [\`problems.ts\`](../src/protocol/problems.ts) and [\`problem-guide.ts\`](../src/protocol/problem-guide.ts); a test compares them.

## Every problem
`;

const TAIL = `
## Problems of the client

The SDK has problems of its own. Their \`type\` begins with \`urn:changebucket:client:\`, and their \`status\` is 0 where there was no answer.

| name | what has happened |
| --- | --- |
${Object.entries(CLIENT_PROBLEMS)
  .map(([name, text]) => `| \`${name}\` | ${text} |`)
  .join('\n')}

An answer that is not from Changebucket, such as that of a proxy, has the name \`foreign\` and the type \`about:blank\`.

## In code

A push returns three promises, \`accepted\`, \`applied\` and \`confirmed\`. They reject with a \`ProblemError\`: \`error.name\` is a union of all names above, and \`error.problem\` has the other members. A reason of one's own, given to \`reject(reason, detail)\`, is \`problem.reason\` of the problem \`change-refused\`.

\`\`\`ts save.ts
import { createClient, ProblemError } from 'changebucket';

const client = createClient({ url: location.origin, application: 'alice/notes' });

export const save = async (text: string): Promise<string> => {
  try {
    await client.push.merge({ text }).applied;
    return 'Saved.';
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    switch (error.name) {
      case 'change-refused':
        return \`No: \${error.problem.detail} (\${error.problem.reason})\`;
      case 'invalid-args':
        return error.problem.detail;
      case 'unauthorized':
      case 'no-token':
        return 'Please sign in.';
      default:
        return \`It was not saved: \${error.problem.title}.\`;
    }
  }
};
\`\`\`

In a reducer and in one's own Worker it is the \`ProblemError\` of \`changebucket/define\`, with the server's names:

\`\`\`ts problems-worker.ts
import { ProblemError } from 'changebucket/define';
import { bucket, changebucket, document, type Environment } from 'changebucket/server';

const { worker, Application, Directory } = changebucket([document]);

export { Application, Directory };
export default {
  async fetch(request: Request, env: Environment, context: ExecutionContext): Promise<Response> {
    if (new URL(request.url).pathname !== '/greet') return worker.fetch(request, env, context);
    try {
      const change = { name: 'merge', args: { greeting: 'hello' } };
      const ticket = await bucket(env).push('alice/notes', change, { wait: 5 });
      return Response.json(ticket);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      switch (error.name) {
        case 'change-refused':
          return new Response(\`No: \${error.problem.reason}\`, { status: 422 });
        case 'queue-full':
        case 'unavailable':
          return new Response('Try again.', {
            status: 503,
            headers: { 'Retry-After': String(error.problem.retryAfter ?? 1) },
          });
        default:
          return new Response(error.problem.detail, { status: 400 });
      }
    }
  },
};
\`\`\`
`;
