import type { ProblemName } from './problems.ts';

/** Who can cause a problem, in the words of the documentation. */
export const CAUSERS = {
  sender: 'the code that sends the request',
  user: 'what a user asks for',
  others: 'other users at the same time',
  author: 'the code of the definition',
  operator: 'the settings of the deployment',
  load: 'load, or the platform',
} as const;

/** Who can cause a problem, and what to do about it. */
export interface Guidance {
  readonly causedBy: readonly (keyof typeof CAUSERS)[];
  /** Markdown, whole sentences. */
  readonly whatToDo: string;
}

/** For each problem, what whoever meets it has to know. The table in docs/problems.md is made of it. */
export const PROBLEM_GUIDE: Readonly<Record<ProblemName, Guidance>> = {
  'invalid-frame': { causedBy: ['sender'], whatToDo: 'Mend the frame. The 20th in a row closes the socket [W4].' },
  'malformed-json': { causedBy: ['sender'], whatToDo: 'Send JSON. The detail tells where it ends to be JSON.' },
  'invalid-utf8': { causedBy: ['sender'], whatToDo: 'Send the body as UTF-8.' },
  'invalid-id': {
    causedBy: ['sender'],
    whatToDo: 'Percent-encode the owner, and make other ids of `A-Za-z0-9._~-` [I1] [I4].',
  },
  'invalid-header': { causedBy: ['sender'], whatToDo: 'Mend the header that the detail names.' },
  'invalid-query': { causedBy: ['sender'], whatToDo: 'Send only the parameters that the detail lists, each once.' },
  'token-in-url': {
    causedBy: ['sender'],
    whatToDo: 'Send the token as `Authorization: Bearer …`, and take the one in the URL for leaked.',
  },
  unauthorized: {
    causedBy: ['sender', 'user'],
    whatToDo: 'Get a new token, and send the request again. The detail tells what is wrong with the old one.',
  },
  forbidden: { causedBy: ['user'], whatToDo: 'Ask the owner for the role in `needed`.' },
  'forbidden-origin': {
    causedBy: ['operator'],
    whatToDo: "Add the page's origin to `CORS_ORIGINS`, or set `TRUST_PROXY` behind a TLS proxy [A8].",
  },
  'client-taken': {
    causedBy: ['sender'],
    whatToDo: 'Push under another client id. Do not share ids between users [Q14].',
  },
  'not-found': { causedBy: ['sender'], whatToDo: 'Mend the path. Every path is in `/openapi.json`.' },
  'unknown-application': {
    causedBy: ['sender', 'user'],
    whatToDo:
      'Create it by a push as its owner, which names one of `kinds` if the problem lists them [L2], or ask the owner for a role: without any, it seems not to exist [A3].',
  },
  'unknown-ticket': { causedBy: ['sender'], whatToDo: 'Push the change: it was never accepted.' },
  'unknown-version': { causedBy: ['sender'], whatToDo: 'Read without `at`, or wait with `Min-Version`.' },
  'unknown-path': {
    causedBy: ['others', 'sender'],
    whatToDo: 'The state has nothing there now. Read the whole, or wait for it.',
  },
  'unknown-backup': {
    causedBy: ['operator'],
    whatToDo: 'List the backups (`npx changebucket backups list`): retention may have let it go [K3].',
  },
  'unknown-rejection': {
    causedBy: ['others'],
    whatToDo: 'List the rejections again: somebody has retried or discarded it.',
  },
  'method-not-allowed': { causedBy: ['sender'], whatToDo: 'Use a method of the header `Allow`.' },
  'sequence-gap': { causedBy: ['sender'], whatToDo: 'Send the changes from `expected` on. The SDK does.' },
  'already-exists': {
    causedBy: ['sender', 'user'],
    whatToDo: 'Choose another name, or delete the application of that name first.',
  },
  'kind-conflict': {
    causedBy: ['sender'],
    whatToDo: 'Use another name for the application, or the definition of the kind that it has.',
  },
  'outcome-expired': {
    causedBy: ['sender'],
    whatToDo:
      'Nobody knows any more whether it was applied: look at the state. Go on at `expected`, or under an id that begins with `prefix` [Q16].',
  },
  'deletion-final': {
    causedBy: ['user'],
    whatToDo: 'Restore a backup [L6] [K5]: the time in which it could be undeleted is over, or it was purged [L16].',
  },
  'history-expired': { causedBy: ['sender'], whatToDo: 'Ask for the version in `oldest` or a later one.' },
  'too-slow': {
    causedBy: ['sender'],
    whatToDo: 'Read what the socket sends and acknowledge its marks [W11]. Connect again.',
  },
  'precondition-failed': {
    causedBy: ['others'],
    whatToDo: 'Read the state again, decide anew, and push with the new `etag`.',
  },
  'too-large': { causedBy: ['sender', 'user'], whatToDo: 'Send less than `limit`: smaller changes, or several.' },
  'unsupported-media-type': {
    causedBy: ['sender'],
    whatToDo: 'Send the `Content-Type` that the detail names, and no `Content-Encoding`.',
  },
  'upgrade-required': { causedBy: ['sender'], whatToDo: 'Open this path as a WebSocket.' },
  'too-deep': { causedBy: ['sender', 'user'], whatToDo: 'Send JSON with at most `limit` levels.' },
  'number-range': {
    causedBy: ['sender', 'author'],
    whatToDo: 'Send finite numbers. In an outcome, a reducer has written NaN or Infinity, at `pointer`.',
  },
  'ill-formed-string': {
    causedBy: ['sender', 'user'],
    whatToDo: 'Send whole characters: text was cut between the halves of one. `toWellFormed()` mends it.',
  },
  'key-too-long': { causedBy: ['sender', 'user'], whatToDo: 'Use keys of at most `limit` UTF-16 units.' },
  'forbidden-key': {
    causedBy: ['sender', 'user'],
    whatToDo: 'Use another key than `__proto__`, `constructor` and `prototype` [J7].',
  },
  'invalid-patch': { causedBy: ['sender'], whatToDo: 'Mend the operation with the `index` that the problem has.' },
  'invalid-change': { causedBy: ['sender'], whatToDo: 'Send `{"name", "args"}`. The detail names the member.' },
  'invalid-import': {
    causedBy: ['user'],
    whatToDo: 'Import a backup that is whole, of a kind that the deployment has. Nothing was changed.',
  },
  'invalid-restore': {
    causedBy: ['user', 'author'],
    whatToDo:
      'Restore a later version, or deploy a definition that migrates and takes the state [L12]. The detail tells what does not fit.',
  },
  'unknown-kind': {
    causedBy: ['sender', 'operator'],
    whatToDo: 'Name one of `kinds`, or deploy the definition.',
  },
  'id-conflict': {
    causedBy: ['sender'],
    whatToDo:
      'Another change had this n or key. Go on at `expected`. Two programs may use one client id: give each its own.',
  },
  'unknown-change': {
    causedBy: ['sender', 'operator'],
    whatToDo: 'Push a change of the definition that is deployed: the page may be newer than the deployment.',
  },
  'invalid-args': {
    causedBy: ['sender', 'user'],
    whatToDo: "Send args that fit the schema. The detail has the schema's first issue, and is meant for users.",
  },
  'change-failed': {
    causedBy: ['author', 'user'],
    whatToDo:
      'Where the code has thrown, its author finds the change and its seq in the log of the server, up to 20 a minute, and the stack once a minute. A JSON Patch or a revert did not fit the state: read it and decide anew.',
  },
  'change-refused': {
    causedBy: ['user'],
    whatToDo: 'The definition has called `reject`: show the detail, and decide by `reason`.',
  },
  'not-json': {
    causedBy: ['author'],
    whatToDo: 'Let the reducer write JSON. `pointer` tells where the value stands, the log of the server who wrote it.',
  },
  'state-too-large': { causedBy: ['user', 'author'], whatToDo: 'Remove something first, or use several applications.' },
  'too-much-work': {
    causedBy: ['author', 'user', 'load'],
    whatToDo: 'Split the change. While others wait, push less at once [F2].',
  },
  'batch-failed': {
    causedBy: ['user'],
    whatToDo: 'Look at the problem of the change that failed; the batch is atomic.',
  },
  'dead-letter': {
    causedBy: ['author'],
    whatToDo: 'The change has ended the object three times: mend the reducer, then retry the rejection [O4].',
  },
  'queue-full': { causedBy: ['load'], whatToDo: 'Send it again after `retryAfter`. The SDK does.' },
  'budget-exceeded': {
    causedBy: ['operator', 'load'],
    whatToDo: 'Send it again after `retryAfter`, or raise the budget [C3].',
  },
  'rate-limited': {
    causedBy: ['load', 'operator'],
    whatToDo: 'Send it again after `retryAfter`, and less often. The SDK does.',
  },
  displaced: {
    causedBy: ['others'],
    whatToDo: 'Connect again later: another subject needed the connection more [F3].',
  },
  'presence-full': { causedBy: ['others'], whatToDo: 'Go on without presence. Everything else works.' },
  internal: {
    causedBy: ['load'],
    whatToDo: 'Send it again. The operator finds the id of the detail in the log. Please report it.',
  },
  'recovery-unavailable': {
    causedBy: ['operator', 'load'],
    whatToDo:
      'Set `PLATFORM_RECOVERY=on` where the platform has point-in-time recovery, as Cloudflare has; else use the history or a backup [L12] [L19].',
  },
  'not-configured': { causedBy: ['operator'], whatToDo: 'Set what the detail names [A5].' },
  unavailable: {
    causedBy: ['load'],
    whatToDo: 'The outcome is unknown: send the same again after `retryAfter`; it is applied once. The SDK does.',
  },
  'version-not-reached': {
    causedBy: ['load'],
    whatToDo: 'Ask again after `retryAfter`, or with a longer `Prefer: wait`.',
  },
  'migration-failed': {
    causedBy: ['author', 'operator'],
    whatToDo:
      'Deploy a definition whose migration works: the log of the server has the error. Reads go on, changes wait [L5].',
  },
};
