import { frozen } from '../../client/platform/frozen.ts';
import type { Definition } from '../../core/definition.ts';
import { catchUp } from '../../core/drain/catch-up.ts';
import type { QueuedChange, Unit } from '../../core/drain/reduce.ts';
import { type ClientCounter, sequence } from '../../core/drain/sequence.ts';
import { applyPatch } from '../../core/patch/json-patch.ts';
import { Tree } from '../../core/state/tree.ts';
import type { Precondition } from '../../protocol/change.ts';
import type { SentChange } from '../../protocol/frames.ts';
import type { Json } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import { type Problem, problem, problemBody } from '../../protocol/problems.ts';
import type { Ticket } from '../../protocol/receipt.ts';
import type { Version } from '../../protocol/version.ts';
import { acceptArgs } from '../accept-change.ts';
import { EPOCH, MemoryApplication } from '../memory-application.ts';
import type { AppliedOutcome, RejectedOutcome } from '../outcome.ts';
import type { FakeSender } from './fake-token.ts';

/** A push of one client: consecutive changes from `n` on. */
export interface FakePush extends FakeSender {
  readonly client: string;
  readonly n: number;
  readonly changes: readonly SentChange[];
  /** They are applied together or not at all [Q7]. */
  readonly atomic?: boolean | undefined;
  /** The etags of which one must be the current one, in an atomic push [Q12]. */
  readonly match?: Precondition | undefined;
}

/** The answer to a push. Everything that was accepted has been applied by then. */
export type FakePushAnswer =
  | { readonly kind: 'accepted'; readonly tickets: readonly Ticket[] }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** What brings a reader to the present. */
export type FakeUpdate =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'patch'; readonly from: number; readonly patch: readonly PatchOperation[] }
  | { readonly kind: 'full'; readonly state: Json };

/** A change that was accepted and applied or rejected. */
interface LoggedChange {
  /** The change as it was pushed, to tell a repeat from another change [Q4]. */
  readonly text: string;
  readonly ticket: Ticket;
  readonly outcome: AppliedOutcome | RejectedOutcome;
}

/** One application of a fake server: the core of the real one, with its log in memory. It applies what it accepts at once. */
export class FakeApplication {
  readonly definition: Definition;
  readonly #memory: MemoryApplication;
  readonly #initial: string;
  readonly #log: LoggedChange[] = [];
  readonly #counters = new Map<string, ClientCounter>();
  readonly #listeners = new Set<() => void>();
  #now: number;

  /** @param now the time at which changes are accepted, in ms since 1970 */
  constructor(definition: Definition, state: Json, now: number) {
    this.definition = definition;
    this.#memory = new MemoryApplication(definition, { state });
    this.#initial = this.#memory.text;
    this.#now = now;
  }

  get state(): Json {
    return this.#memory.state;
  }

  get current(): Version {
    return { epoch: EPOCH, version: this.#memory.version };
  }

  get outcomes(): readonly (AppliedOutcome | RejectedOutcome)[] {
    return this.#log.map(({ outcome }) => outcome);
  }

  /** The n that a client's next change has. */
  nextN(client: string): number {
    return (this.#counters.get(client)?.n ?? 0) + 1;
  }

  /** Moves the clock. @throws RangeError when it would go back [D9] */
  setTime(now: number): void {
    if (!(now >= this.#now))
      throw new RangeError(`now is ${now}, and ${this.#now} has passed: the time never goes back.`);
    this.#now = now;
  }

  /** Calls after each push that was accepted. @returns ends that */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  push(push: FakePush): FakePushAnswer {
    const { user, client, n, changes, role, claims, atomic = false } = push;
    const accepted: Json[] = [];
    for (const { name, args } of changes) {
      const checked = acceptArgs(name, args);
      if (checked.kind === 'refused') return checked;
      accepted.push(checked.args);
    }
    const sequenced = sequence(this.#counters.get(client), user, n, changes.length);
    if (sequenced.kind === 'taken')
      return refuse('client-taken', `The client id ${client} belongs to another subject.`);
    const expected = this.nextN(client);
    if (sequenced.kind === 'gap') return refuse('sequence-gap', `The next n of ${client} is ${expected}.`, expected);
    const { repeated } = sequenced;
    const known = changes.slice(0, repeated).map((change, index) => this.#repeat(push, n + index, change));
    const isCut = atomic && repeated > 0 && repeated < changes.length;
    if (isCut || known.includes(undefined))
      return refuse('id-conflict', 'This n was used for another change.', expected);
    const added = changes.slice(repeated).map((change, index): Accepted => {
      const at = repeated + index;
      return { user, role, claims, client, n: n + at, change, args: accepted[at] ?? null };
    });
    const units = atomic ? [added] : added.map((each) => [each]);
    const applied = units.flatMap((unit) => this.#apply(push, unit));
    for (const listener of [...this.#listeners]) listener();
    return { kind: 'accepted', tickets: [...known, ...applied].filter((ticket) => ticket !== undefined) };
  }

  ticketOf(client: string, n: number): Ticket | undefined {
    return this.#find(client, n)?.ticket;
  }

  /** The smallest update for a reader that has a version [S2] [S3]. */
  updateFrom(known: Version | undefined): FakeUpdate {
    const update = catchUp(known === undefined ? [] : [known], this.current, 0);
    switch (update.kind) {
      case 'unchanged':
        return update;
      case 'full':
        return { kind: 'full', state: this.state };
      case 'patch':
        return { ...update, patch: operationsOf(this.#log.slice(update.from)) };
      default:
        return update satisfies never;
    }
  }

  /** The state as it was at a version [S8]; undefined when there was none. */
  stateAt(version: number): Json | undefined {
    if (!Number.isSafeInteger(version) || version < 0 || version > this.#log.length) return undefined;
    const tree = new Tree(JSON.parse(this.#initial) as Json);
    applyPatch(tree, operationsOf(this.#log.slice(0, version)));
    return tree.root;
  }

  #find(client: string, n: number): LoggedChange | undefined {
    return this.#log.find(({ ticket }) => ticket.client === client && ticket.n === n);
  }

  #repeat(push: FakePush, n: number, change: SentChange): Ticket | undefined {
    const found = this.#find(push.client, n);
    return found?.text === textOf(push, change) ? { ...found.ticket, repeated: true } : undefined;
  }

  /** @param unit one change, or those of an atomic push */
  #apply(push: FakePush, unit: readonly Accepted[]): Ticket[] {
    const first = this.#log.length + 1;
    const queued = unit.map(({ change, args, ...sent }, index): QueuedChange => {
      const match = push.match === undefined ? {} : { match: push.match };
      return { ...sent, seq: first + index, at: this.#now, name: change.name, args, ...match };
    });
    return this.#memory.applyUnit(queued as readonly QueuedChange[] as Unit).map((outcome, index) => {
      const { user, client, n, change } = unit[index] as Accepted;
      const { seq } = outcome;
      const receipt = { client, n, seq };
      const ticket: Ticket =
        outcome.status === 'applied'
          ? { ...receipt, status: 'applied', version: seq }
          : { ...receipt, status: 'rejected', problem: problemBody(outcome.problem) };
      this.#counters.set(client, { n, seq, user });
      // The outcome is handed out, and its patch is sent to clients later.
      if (outcome.status === 'applied') frozen(outcome.patch);
      this.#log.push({ text: textOf(push, change), ticket, outcome });
      return ticket;
    });
  }
}

/** One change that is accepted. */
interface Accepted extends Omit<FakePush, 'changes' | 'match' | 'atomic'> {
  readonly change: SentChange;
  readonly args: Json;
}

const operationsOf = (log: readonly LoggedChange[]): PatchOperation[] =>
  log.flatMap(({ outcome }) => (outcome.status === 'applied' ? outcome.patch : []));

/** Tells a repeat from another push [Q4]. */
const textOf = ({ atomic = false, match }: FakePush, { name, args = {}, nonce }: SentChange): string =>
  JSON.stringify([name, args, nonce, atomic, match]);

const refuse = (
  name: 'client-taken' | 'sequence-gap' | 'id-conflict',
  detail: string,
  expected?: number,
): FakePushAnswer => ({
  kind: 'refused',
  problem: problem(name, detail, expected === undefined ? {} : { expected }),
});
