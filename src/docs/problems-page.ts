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

const HEAD = `# Problems

Every error is a problem of RFC 9457, over HTTP as on a socket [E1]. Its \`type\` is \`urn:changebucket:problem:\` and the name; \`status\` is the HTTP status, also in frames; \`detail\` is a sentence for people, and the other members tell how to recover. Nothing of what a reducer, a schema or a migration throws is in it [E2].

This page is made by \`npm run docs:problems\` from [\`problems.ts\`](../src/protocol/problems.ts) and [\`problem-guide.ts\`](../src/protocol/problem-guide.ts); a test compares them.

## Every problem
`;

const TAIL = `
## In code

In a reducer and in one's own Worker a \`ProblemError\` has the name as \`error.name\`, a union of the names above, and all members in \`error.problem\`. A reason of one's own, given to \`reject(reason, detail)\`, is \`problem.reason\` of the problem \`change-refused\`.

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
