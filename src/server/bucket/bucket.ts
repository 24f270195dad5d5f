import type { Definition } from '../../core/definition.ts';
import { ProblemError } from '../../core/json/problem-error.ts';
import type { Change, Sender } from '../../protocol/change.ts';
import { type ApplicationId, parseApplicationName } from '../../protocol/ids.ts';
import type { Json } from '../../protocol/json.ts';
import { KIND_HEADER } from '../../protocol/kind.ts';
import { isSubject } from '../../protocol/owners.ts';
import { type Problem, problem, problemOfBody } from '../../protocol/problems.ts';
import type { Ticket } from '../../protocol/receipt.ts';
import { etagOf } from '../../protocol/version.ts';
import { type MintOptions, mintToken } from '../access/mint-token.ts';
import { checkClaims } from '../access/reducer-claims.ts';
import { settingsOf } from '../access/settings.ts';
import { callApplication } from '../http/object/call-application.ts';
import { pushTo, readFrom } from '../http/object/push-and-read.ts';
import { changeOfValue } from '../http/request/change-body.ts';
import { type HeaderReader, unwrap } from '../http/request/context.ts';
import type { Environment } from '../http/request/environment.ts';
import { parseIdempotencyKey } from '../http/request/idempotency-key.ts';
import { parsePrefer } from '../http/request/prefer.ts';
import { readPushOptions } from '../http/request/push-options.ts';
import { readOptions } from '../http/request/read-options.ts';
import { refusalOf } from '../http/response/push-response.ts';
import type { PushAnswer, PushMessage } from '../rpc/messages.ts';
import type {
  Actor,
  Bucket,
  BucketPushOptions,
  BucketReadOptions,
  CreatedApplication,
  PushedChange,
  StateRead,
} from './bucket-api.ts';

/** Everything that a call needs besides its own arguments. */
type BucketEnvironment = Omit<Environment, 'DIRECTORY'>;

/**
 * The applications of this deployment, for code in the same Worker: no HTTP to oneself, no token.
 *
 * @param env the environment of the Worker: the argument of `fetch` and `scheduled`, or `env` of `cloudflare:workers`
 * @param definition types changes and states, and is the kind that is pushed to and created. Default: any change and any
 * state, of the deployment's first kind where an application is created by a push
 * @throws TypeError without the binding `APPLICATION`
 * @example
 * await bucket(env, todos).push('alice/list', { name: 'add', args: { id: 'milk', text: 'Milk' } }, { as: 'alice' });
 * const { state } = await bucket(env, todos).read('alice/list', { drain: true });
 */
export const bucket = <Kind extends Definition = Definition>(
  env: BucketEnvironment,
  definition?: Kind,
): Bucket<Kind> => {
  if (env.APPLICATION === undefined)
    throw new TypeError('bucket(env) needs the environment of a Worker with the binding APPLICATION.');
  const kind = definition?.name;
  // That the state is of the type that the definition says is the caller's word: no type is left at run time.
  return {
    push: async (application, change, options = {}) =>
      push(env, parseName(application), changeOfValue(change), { ...(kind === undefined ? {} : { kind }), ...options }),
    read: async (application: string, options: BucketReadOptions = {}) => read(env, parseName(application), options),
    create: async (application, options = {}) => create(env, parseName(application), { kind, ...options }),
    mint: (options) => mint(env, options),
  } as Bucket<Kind>;
};

/** @throws ProblemError `invalid-id` */
const parseName = (name: string): ApplicationId => {
  const id = parseApplicationName(String(name));
  if (id !== undefined) return id;
  throw refused('invalid-id', 'An application is named owner/app, with the owner percent-encoded [I1] [I4].');
};

const actorOf = ({ as }: Actor, { owner }: ApplicationId): string => {
  if (as === undefined) return owner;
  if (typeof as === 'string' && isSubject(as)) return as;
  throw refused('invalid-id', 'The option "as" must be the subject of a token: 1 to 256 characters [I4].');
};

const push = async (
  env: BucketEnvironment,
  id: ApplicationId,
  change: Change,
  options: BucketPushOptions,
): Promise<PushedChange> => {
  const header = headersOf({
    Prefer: preferenceOf({ wait: options.wait, precheck: options.precheck }),
    'If-Match': options.ifMatch,
    [KIND_HEADER]: options.kind,
  });
  const { options: read } = readPushOptions(header, {
    user: actorOf(options, id),
    ifMissing: 'create',
    role: 'admin',
    ...claimsOf(options),
  });
  const message = { sender: senderOf(options.key), changes: [change], atomicity: 'each', ...read } as const;
  return pushedChange(await pushTo(env, id, message), read);
};

/** @throws TypeError when no change may have these claims */
const claimsOf = ({ claims }: BucketPushOptions): Pick<PushMessage, 'claims'> => {
  if (claims === undefined) return {};
  const wrong = checkClaims(claims);
  if (wrong === undefined) return { claims };
  throw new TypeError(`The option "claims" does not work. ${wrong}`);
};

const senderOf = (given: string | undefined): Sender => {
  const { key } = unwrap(parseIdempotencyKey(given ?? null));
  return key === undefined ? { kind: 'anonymous' } : { kind: 'key', key };
};

/** @throws ProblemError when the push was refused, or the change rejected */
const pushedChange = (answer: PushAnswer, requested: { readonly wait?: number }): PushedChange => {
  if (answer.kind === 'refused') throw new ProblemError(refusalOf(answer.problem, requested));
  if (answer.kind === 'accepted') return { ...first(answer.receipts), status: 'queued' };
  const ticket = first<Ticket>(answer.tickets);
  if (!('problem' in ticket)) return ticket;
  throw new ProblemError({ ...problemOfBody(ticket.problem), accepted: true });
};

const first = <T>([only]: readonly T[]): T => {
  if (only === undefined) throw new Error('the answer to a push has no receipt');
  return only;
};

const read = async (
  env: BucketEnvironment,
  id: ApplicationId,
  options: BucketReadOptions,
): Promise<StateRead<Json>> => {
  const { drain, wait, minVersion, at, path } = options;
  const header = headersOf({
    Prefer: preferenceOf({ wait, drain }),
    'Min-Version': minVersion === undefined ? undefined : String(minVersion),
  });
  const prefer = unwrap(parsePrefer(header('Prefer')));
  const requested = readOptions(header, queryOf({ at, path }), prefer);
  const answer = await readFrom(env, id, { known: [], delta: 'none', ...requested }, [actorOf(options, id)]);
  if (answer.kind === 'refused') throw new ProblemError(answer.problem);
  if (answer.kind !== 'state') throw new Error(`a read without a known version was answered with ${answer.kind}`);
  return { state: JSON.parse(answer.body) as Json, ...answer.version, etag: etagOf(answer.version) };
};

const create = async (
  env: BucketEnvironment,
  id: ApplicationId,
  { kind, ...options }: Actor & { readonly kind: string | undefined },
): Promise<CreatedApplication> => {
  if (typeof kind !== 'string') throw refused('unknown-kind', 'Name a kind: create(application, { kind }).');
  const answer = await callApplication(env, id, (stub) => stub.create(kind, actorOf(options, id)));
  if (answer.kind === 'refused') throw new ProblemError(answer.problem);
  const { version, epoch } = answer.position;
  return { created: answer.kind === 'created', version, epoch };
};

const mint = async (env: BucketEnvironment, options: MintOptions): Promise<string> => {
  const settings = settingsOf(env);
  if (settings.kind === 'problem') throw new ProblemError(settings.problem);
  if (settings.kind !== 'secret')
    throw refused('not-configured', 'Only a deployment with AUTH_SECRET can make tokens: set it to at least 32 bytes.');
  const { secret, issuer, audience } = settings;
  return mintToken({ ...options, secret, issuer, audience });
};

const refused = (name: Problem['name'], detail: string): ProblemError => new ProblemError(problem(name, detail));

/** Options go through the parsers of the headers that they stand for: the same rules and the same problems. */
const headersOf =
  (values: Readonly<Record<string, string | undefined>>): HeaderReader =>
  (name) =>
    values[name] ?? null;

interface Preferences {
  readonly wait: number | undefined;
  readonly drain?: boolean | undefined;
  readonly precheck?: boolean | undefined;
}

const preferenceOf = ({ wait, drain, precheck }: Preferences): string | undefined => {
  const sent = [wait === undefined ? '' : `wait=${wait}`, drain ? 'drain' : '', precheck ? 'precheck' : ''];
  return sent.filter((each) => each !== '').join(', ') || undefined;
};

const queryOf = ({ at, path }: { readonly at: number | undefined; readonly path: string | undefined }): string => {
  const sent = [
    at === undefined ? '' : `at=${encodeURIComponent(at)}`,
    path === undefined ? '' : `path=${encodeURIComponent(path)}`,
  ];
  return `?${sent.filter((each) => each !== '').join('&')}`;
};
