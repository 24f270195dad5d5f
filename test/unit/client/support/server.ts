import type { Definition } from '../../../../src/core/definition.ts';
import { rejectUnit, unitsOf } from '../../../../src/core/drain/drain-slice.ts';
import { reduce, type Unit } from '../../../../src/core/drain/reduce.ts';
import { Tree } from '../../../../src/core/state/tree.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import { POSITION_HEADER, printPosition } from '../../../../src/protocol/position.ts';
import {
  type Cure,
  type ProblemBody,
  type ProblemName,
  problem,
  problemBody,
} from '../../../../src/protocol/problems.ts';
import type { Receipt, Ticket } from '../../../../src/protocol/receipt.ts';
import { etagOf, parseEtag } from '../../../../src/protocol/version.ts';

interface Accepted {
  readonly seq: number;
  readonly client: string;
  readonly n: number;
  readonly name: string;
  readonly args: Json;
  /** The first seq of its atomic batch. */
  readonly batch?: number;
  readonly match?: readonly string[];
  ticket: Ticket;
}

/** How a push is to be applied. */
interface PushOptions {
  readonly atomic?: boolean | undefined;
  readonly match?: readonly string[] | undefined;
}

type Change = { readonly name: string; readonly args: Json };
type SentBatch = { readonly n: number; readonly changes: readonly Change[]; readonly atomic?: boolean };
type PushResult =
  | { readonly kind: 'accepted'; readonly accepted: readonly Accepted[] }
  | { readonly kind: 'refused'; readonly problem: ProblemBody };

/** A server in memory that follows PROTOCOL.md as far as a client sees it, and records everything. */
export class ServerDouble {
  epoch = 'e1';
  head = 0;
  version = 0;
  /** While true, nothing accepted is applied until `drain`. */
  isBusy = false;
  /** Names that are refused for their content. */
  readonly badNames = new Set(['bad name']);
  readonly definition: Definition;
  /** The version of the definition that the deployment runs. */
  deployed: number;
  log: Accepted[] = [];
  /** The args of every change that was ever accepted, in any epoch. */
  readonly everAccepted = new Set<string>();
  marks = new Map<string, number>();
  requests: string[] = [];
  /** Requests in flight, and the most there were at once. */
  polls = 0;
  pollsMost = 0;
  pushes = 0;
  pushesMost = 0;
  readonly seen = { patches: 0, repeats: 0, unchanged: 0, states: 0, gaps: 0 };
  readonly watchers = new Set<() => void>();
  #tree: Tree;
  #patches: { version: number; operations: string[] }[] = [];

  constructor(definition: Definition) {
    this.definition = definition;
    this.deployed = definition.version;
    this.#tree = new Tree(definition.initial());
  }

  get state(): Json {
    return JSON.parse(JSON.stringify(this.#tree.root)) as Json;
  }

  /** What was applied, in order. */
  get applied(): Accepted[] {
    return this.log.filter(({ ticket }) => ticket.status === 'applied');
  }

  push(client: string, n: number, changes: readonly Change[], { atomic, match }: PushOptions = {}): PushResult {
    const bad = changes.find(({ name }) => this.badNames.has(name));
    if (bad !== undefined) return refused('invalid-change', `The name ${bad.name} is none.`);
    const expected = (this.marks.get(client) ?? 0) + 1;
    if (n > expected) {
      this.seen.gaps += 1;
      return refused('sequence-gap', 'a gap', { expected });
    }
    const known = changes.slice(0, expected - n).map((change, index) => {
      const found = this.log.find((each) => each.client === client && each.n === n + index);
      return found !== undefined && isSame(found, change) ? found : undefined;
    });
    const isCut = atomic && known.length > 0 && known.length < changes.length;
    if (isCut || known.includes(undefined)) return refused('id-conflict', 'a conflict', { expected });
    this.seen.repeats += known.length;
    const unit = { ...(atomic && { batch: this.head + 1 }), ...(match && { match }) };
    const fresh = changes.slice(known.length).map(({ name, args }, index): Accepted => {
      this.head += 1;
      const at = { client, n: n + known.length + index, seq: this.head };
      return { ...at, name, args, ...unit, ticket: { ...at, status: 'queued' } };
    });
    this.log.push(...fresh);
    for (const { args } of fresh) this.everAccepted.add(JSON.stringify(args));
    if (fresh.length > 0) this.marks.set(client, n + changes.length - 1);
    if (!this.isBusy) this.drain();
    return { kind: 'accepted', accepted: [...(known as Accepted[]), ...fresh] };
  }

  drain(): void {
    const queued = this.log.filter(({ ticket }) => ticket.status === 'queued');
    for (const unit of unitsOf(queued.map((change) => ({ ...change, user: 'alice', at: change.seq }))))
      this.#apply(unit);
    for (const listener of [...this.watchers]) listener();
  }

  patchFrom(version: number): string | undefined {
    const floor = this.#patches[0]?.version ?? this.version + 1;
    if (version > this.version || version < floor - 1) return undefined;
    return `[${this.#patches
      .filter((each) => each.version > version)
      .flatMap(({ operations }) => operations)
      .join(',')}]`;
  }

  /** Begins another epoch with the first changes of this one. @param counters whether the clients' counters are restored, too */
  restore(to: number, counters: 'as then' | 'as now' = 'as then'): void {
    // A version within an atomic batch does not exist.
    const cut = this.log.find(({ seq }) => seq === to + 1);
    const kept = cut?.batch === undefined ? to : cut.batch - 1;
    this.epoch = `e${Number(this.epoch.slice(1)) + 1}`;
    this.log = this.log.filter(({ seq }) => seq <= kept);
    this.head = kept;
    this.version = kept;
    this.#tree = new Tree(this.definition.initial());
    this.#patches = [];
    this.#reduceAll(this.log);
    if (counters === 'as then') {
      this.marks = new Map();
      for (const { client, n } of this.log) this.marks.set(client, n);
    }
    for (const listener of [...this.watchers]) listener();
  }

  /** The state as it was at a version [S8]. */
  stateAt(version: number): Json {
    const past = new ServerDouble(this.definition);
    past.#reduceAll(this.log.filter(({ seq }) => seq <= version));
    return past.state;
  }

  forgetHistory(): void {
    this.#patches = [];
  }

  /** Answers a `fetch`. */
  handle(url: string, init: RequestInit = {}): Response {
    const { pathname } = new URL(url);
    const path = pathname.replace(/^\/v1\/apps\/[^/]+\/[^/]+/, '');
    const headers = new Headers(init.headers);
    this.requests.push(`${init.method ?? 'GET'} ${path}`);
    if (path === '') return this.#answer(200, { kind: this.definition.name, definition: { deployed: this.deployed } });
    if (path === '/state') {
      const at = new URL(url).searchParams.get('at');
      return at === null ? this.#read(headers) : this.#answer(200, this.stateAt(Number(at)));
    }
    const [, , client = '', n] = path.split('/');
    if (init.method === 'PUT') {
      const match = headers.get('If-Match')?.split(', ');
      return this.#put(client, { ...(JSON.parse(String(init.body)) as SentBatch), match });
    }
    const found = this.log.find((each) => each.client === client && each.n === Number(n));
    return found === undefined
      ? this.#problem(problemBody(problem('unknown-ticket', 'none')))
      : this.#answer(200, found.ticket);
  }

  #put(client: string, { n, changes, ...options }: SentBatch & PushOptions): Response {
    const result = this.push(client, n, changes, options);
    if (result.kind === 'refused') return this.#problem(result.problem);
    const problems = result.accepted.flatMap(({ ticket }) => ('problem' in ticket ? [ticket.problem] : []));
    const failed = problems.find(({ type }) => !type.endsWith(':batch-failed'));
    if (options.atomic && failed !== undefined) return this.#problem({ ...failed, accepted: true });
    const isSettled = result.accepted.every(({ ticket }) => ticket.status !== 'queued');
    if (isSettled)
      return this.#answer(200, { tickets: result.accepted.map(({ ticket }) => ticket), version: this.version });
    return this.#answer(202, { receipts: result.accepted.map(receiptOf), version: this.version });
  }

  /** The header `Changebucket-Position`. */
  get position(): string {
    const { epoch, version, head } = this;
    return printPosition({ epoch, version, head, queue: head - version, lag: 0, definition: this.deployed });
  }

  #read(headers: Headers): Response {
    const etag = etagOf(this);
    const known = parseEtag(headers.get('If-None-Match') ?? '');
    if (known !== undefined && etagOf(known) === etag) {
      this.seen.unchanged += 1;
      return this.#answer(304, undefined, { ETag: etag });
    }
    const patch =
      known?.epoch === this.epoch && headers.get('A-IM') !== null ? this.patchFrom(known.version) : undefined;
    if (patch !== undefined && known !== undefined) {
      this.seen.patches += 1;
      return this.#answer(226, JSON.parse(patch) as Json, {
        ETag: etag,
        'Delta-Base': etagOf(known),
        IM: 'json-patch',
      });
    }
    this.seen.states += 1;
    return this.#answer(200, this.state, { ETag: etag });
  }

  #answer(status: number, body: unknown, headers: Record<string, string> = {}): Response {
    return new Response(body === undefined ? null : JSON.stringify(body), {
      status,
      headers: { [POSITION_HEADER]: this.position, ...headers },
    });
  }

  #problem(body: ProblemBody): Response {
    return this.#answer(body.status, body, { 'Content-Type': 'application/problem+json' });
  }

  #apply(unit: Unit): void {
    const reduced = this.#reduce(unit);
    const problems =
      reduced.kind === 'rejected'
        ? rejectUnit(unit, reduced.failedSeq, reduced.problem).map(({ problem: each }) => problemBody(each))
        : [];
    unit.forEach(({ client, n, seq }, index) => {
      this.version = seq;
      const at = { client, n, seq };
      const change = this.log.find((each) => each.seq === seq) as Accepted;
      const failure = problems[index];
      change.ticket = failure
        ? { ...at, status: 'rejected', problem: failure }
        : { ...at, status: 'applied', version: seq };
    });
  }

  #reduceAll(changes: readonly Accepted[]): void {
    for (const unit of unitsOf(changes.map((change) => ({ ...change, user: 'alice', at: change.seq }))))
      this.#reduce(unit);
  }

  #reduce(unit: Unit): ReturnType<typeof reduce> {
    const context = { definition: this.definition, epoch: this.epoch, version: unit[0].seq - 1, clock: () => 0 };
    const reduced = reduce(this.#tree, unit, context);
    for (const { seq } of unit.slice(0, -1)) this.#patches.push({ version: seq, operations: [] });
    const version = unit[0].seq + unit.length - 1;
    this.#patches.push({ version, operations: reduced.kind === 'applied' ? [...reduced.operations] : [] });
    return reduced;
  }
}

export const receiptOf = ({ client, n, seq }: Accepted): Receipt => ({ client, n, seq });

const isSame = (a: Change, b: Change): boolean =>
  a.name === b.name && JSON.stringify(a.args) === JSON.stringify(b.args);

const refused = (name: ProblemName, detail: string, cure: Cure = {}): PushResult => ({
  kind: 'refused',
  problem: problemBody(problem(name, detail, cure)),
});
