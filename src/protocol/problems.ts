import { DETAIL_LENGTH_MAX } from './limits.ts';

const URN = 'urn:changebucket:problem:';

/**
 * Every problem, with its HTTP status and title [E1]. The name is stable: it is the end of the `type` URN. Who can cause
 * each, and what to do, is in problem-guide.ts; both make docs/problems.md.
 */
export const PROBLEMS = {
  'invalid-frame': [400, 'This is not a frame'],
  'malformed-json': [400, 'The body is not JSON'],
  'invalid-utf8': [400, 'The body is not UTF-8'],
  'invalid-id': [400, 'An id or counter in the path is not allowed'],
  'invalid-header': [400, 'A header does not parse'],
  'invalid-query': [400, 'A query parameter is not allowed'],
  'token-in-url': [400, 'Tokens belong in the Authorization header'],
  unauthorized: [401, 'A valid token is needed'],
  forbidden: [403, 'The token does not grant this'],
  'forbidden-origin': [403, 'Requests from this origin are not allowed'],
  'client-taken': [403, 'This client id belongs to somebody else'],
  'not-found': [404, 'There is nothing here'],
  'unknown-application': [404, 'There is no such application'],
  'unknown-ticket': [404, 'This change was never accepted'],
  'unknown-version': [404, 'The state has not reached this version'],
  'unknown-path': [404, 'The state has nothing at this path'],
  'unknown-backup': [404, 'There is no such backup'],
  'unknown-rejection': [404, 'There is no such rejection'],
  'method-not-allowed': [405, 'This method is not allowed here'],
  'sequence-gap': [409, 'Earlier changes of this client are missing'],
  'already-exists': [409, 'There is an application of this name'],
  'kind-conflict': [409, 'The application exists with another kind'],
  'outcome-expired': [410, 'The outcome is no longer kept'],
  'deletion-final': [410, 'The application can no longer be undeleted'],
  'history-expired': [410, 'The history does not reach back that far'],
  'too-slow': [408, 'The reader does not keep up'],
  'precondition-failed': [412, 'The state is at another version'],
  'too-large': [413, 'The content is too large'],
  'unsupported-media-type': [415, 'This content type is not supported here'],
  'upgrade-required': [426, 'This is a WebSocket'],
  'too-deep': [422, 'The JSON is nested too deeply'],
  'number-range': [422, 'A number is out of range'],
  'ill-formed-string': [422, 'A string is not well-formed Unicode'],
  'key-too-long': [422, 'A key is too long'],
  'forbidden-key': [422, 'This key is not allowed'],
  'invalid-patch': [422, 'This is not a JSON Patch'],
  'invalid-change': [422, 'This is not a change'],
  'invalid-import': [422, 'This is not a backup that can be read'],
  'invalid-restore': [422, 'This cannot be restored'],
  'unknown-kind': [422, 'There is no such kind of application'],
  'id-conflict': [422, 'This n was used for another change'],
  'unknown-change': [422, 'This kind of application has no such change'],
  'invalid-args': [422, 'The arguments do not fit the change'],
  'change-failed': [422, 'The change could not be applied'],
  'change-refused': [422, 'The application rejects the change'],
  'not-json': [422, 'The change made a value that is not JSON'],
  'state-too-large': [422, 'The change would make the state too large'],
  'too-much-work': [422, 'The change takes too much work'],
  'batch-failed': [422, 'Another change of the same atomic batch failed'],
  'dead-letter': [422, 'The change was given up after repeated failure'],
  'queue-full': [429, 'Too many changes are queued'],
  'budget-exceeded': [429, 'The budget of the application is used up'],
  'rate-limited': [429, 'Too many requests'],
  displaced: [429, 'Another subject needed this place'],
  'presence-full': [429, 'Too many sockets take part already'],
  internal: [500, 'Something went wrong here'],
  'recovery-unavailable': [501, 'The platform cannot recover applications here'],
  'not-configured': [503, 'A setting of this deployment is missing or wrong'],
  unavailable: [503, 'The application cannot answer now'],
  'version-not-reached': [503, 'The state has not reached this version yet'],
  'migration-failed': [503, 'The application waits for a deployment that can migrate its state'],
} as const satisfies Record<string, readonly [number, string]>;

/** The stable name of a problem, e.g. `sequence-gap`. */
export type ProblemName = keyof typeof PROBLEMS;

/** The `type` of a problem in an answer, e.g. `urn:changebucket:problem:sequence-gap`. */
export type ProblemType = `${typeof URN}${ProblemName}`;

/** Members of a problem that tell a client how to recover. Each is present only where it applies. */
export interface Cure<Reason extends string = string> {
  /** The n that the server accepts next from this client. */
  readonly expected?: number;
  /** The limit that was exceeded: bytes, levels, changes. */
  readonly limit?: number;
  /** The measured value that exceeds `limit`, in the same unit. */
  readonly size?: number;
  /** Seconds to wait before the next attempt, also sent as `Retry-After`. */
  readonly retryAfter?: number;
  /** The role that is sufficient: reader, writer or admin. */
  readonly needed?: string;
  /** The oldest version that the history still contains. */
  readonly oldest?: number;
  /** The version of the state when a precondition failed. */
  readonly version?: number;
  /** The etag of the state when a precondition failed, with its quotes. */
  readonly etag?: string;
  /** The outcome of an earlier change with this n, whose content is no longer kept: `applied`, `rejected` or `dead` [O5]. */
  readonly outcome?: string;
  /** The position of the rejected change in the total order. */
  readonly seq?: number;
  /** The application's own reason code, as passed to `reject`. */
  readonly reason?: Reason;
  /** The start of a client id that is certainly new: the one that was used may have been forgotten [Q16]. */
  readonly prefix?: string;
  /**
   * In the answer to a push with `Prefer: wait`: true when the change was accepted, so that its n is used up, and was
   * rejected; false when the push was refused, and has used no n [Q17].
   */
  readonly accepted?: boolean;
  /** The kinds that the deployment has, its first one first, where a push has to name one of them [L2]. */
  readonly kinds?: readonly string[];
  /** The JSON Pointer of the value that is no JSON, in the state or in the args; from the server at most 500 UTF-16 units [D4]. */
  readonly pointer?: string;
  /** The index, from 0, of the operation in its patch; of an atomic batch, that of the change that failed [Q7]. */
  readonly index?: number;
}

/** A problem inside the program; `problemBody` makes the RFC 9457 form of it. */
export interface Problem<Reason extends string = string> extends Cure<Reason> {
  readonly name: ProblemName;
  /** A sentence for people, at most 500 UTF-16 units. */
  readonly detail: string;
}

export const problem = (name: ProblemName, detail: string, cure: Cure = {}): Problem => ({
  ...cure,
  name,
  detail: detail.slice(0, DETAIL_LENGTH_MAX),
});

/** The same detail whether an application does not exist or belongs to somebody else [A3]. */
export const unknownApplication = (): Problem =>
  problem('unknown-application', 'Nothing is known of this application.');

/** What is asked for would take the place of an application [L13] [L15]. */
export const alreadyExists = (): Problem =>
  problem('already-exists', 'There is an application of this name, and it stays. Choose another name.');

/** @param kinds those that the deployment has */
export const unknownKind = (kinds: readonly string[]): Problem =>
  problem('unknown-kind', `This deployment has the kinds ${kinds.join(', ')}.`, { kinds });

/** Nothing is known of the client any more, so its changes may be repeats [Q16]. @param prefix of ids that are new */
export const forgottenClient = (client: string, prefix: string): Problem =>
  problem(
    'outcome-expired',
    `${client} may have pushed this before and was forgotten. Go on under another client id.`,
    {
      prefix,
    },
  );

/** The body of an `application/problem+json` answer (RFC 9457). */
export interface ProblemBody<Reason extends string = string> extends Cure<Reason> {
  /**
   * `urn:changebucket:problem:` and the problem's name: the member for programs to compare. The client has problems of its
   * own, and a proxy may answer with others.
   */
  readonly type: ProblemType | (string & Record<never, never>);
  /** The same short sentence for every problem of this type. */
  readonly title: string;
  /** The HTTP status, also for problems sent in frames. */
  readonly status: number;
  /** A sentence about this occurrence, at most 500 UTF-16 units. */
  readonly detail: string;
}

/** The type of a problem of the protocol. */
export const problemType = (name: ProblemName): ProblemType => `${URN}${name}`;

/** The RFC 9457 form. A name that the protocol does not have, which only plain JavaScript can pass, is `change-failed`. */
export const problemBody = ({ name: given, detail, ...cure }: Problem): ProblemBody => {
  const name = Object.hasOwn(PROBLEMS, given) ? given : 'change-failed';
  const [status, title] = PROBLEMS[name];
  return { type: URN + name, title, status, detail, ...cure };
};

/** Reverses `problemBody`, for a body of this deployment's own. */
export const problemOfBody = ({ type, title: _, status: __, ...rest }: ProblemBody): Problem => ({
  ...rest,
  name: type.slice(URN.length) as ProblemName,
});
