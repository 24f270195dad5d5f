import type { Definition } from '../../core/definition.ts';
import type { RejectionFilter } from '../../protocol/change-filter.ts';
import type { ApplicationId } from '../../protocol/ids.ts';
import { type Problem, problem, unknownApplication, unknownKind } from '../../protocol/problems.ts';
import type { Receipt } from '../../protocol/receipt.ts';
import { currentRequest } from '../logging/current-request.ts';
import type * as Message from '../rpc/messages.ts';
import type { NumberedSummary } from '../rpc/numbers.ts';
import { printStages } from '../rpc/stage-times.ts';
import { listedRejection, retryPush } from './accept/queued-push.ts';
import { costOf, receiptAnswer, stagesOf } from './accept/receipt-answer.ts';
import type { VerdictWithCost } from './accept/verdict.ts';
import type { Engine } from './engine.ts';
import type { EventStreams } from './live/event-streams.ts';
import { logPage } from './read/log-page.ts';
import { listRejections } from './read/rejections.ts';
import { outcomesOrReceipts, ticketOf } from './read/tickets.ts';
import { createApplication, initialStateOf } from './state/creation.ts';
import { type LoadedState, positionOf } from './state/loaded-state.ts';
import { StateReads } from './state-reads.ts';
import { countOf, setRejectionStatus } from './storage/rejections.ts';

/** The parts of an application. */
export interface ApplicationParts {
  readonly definitions: ReadonlyMap<string, Definition>;
  /** Id of the application. */
  readonly identity: () => ApplicationId;
  readonly engine: Engine;
  readonly streams: EventStreams;
  /** The body of `GET …`. */
  readonly info: () => Promise<Message.TextAnswer>;
}

/** Answers the RPC messages of the Worker, which has parsed and authorized them. The parts do the work. */
export class Application implements Message.UseApi {
  readonly #definitions: ReadonlyMap<string, Definition>;
  readonly #identity: () => ApplicationId;
  readonly #engine: Engine;
  readonly #streams: EventStreams;
  readonly #info: () => Promise<Message.TextAnswer>;
  readonly #reads: StateReads;

  constructor({ definitions, identity, engine, streams, info }: ApplicationParts) {
    this.#info = info;
    this.#definitions = definitions;
    this.#identity = identity;
    this.#engine = engine;
    this.#reads = new StateReads(engine);
    this.#streams = streams;
  }

  async push(message: Message.PushMessage): Promise<Message.PushAnswer> {
    const begun = Date.now();
    const verdict = await this.#engine.push(message);
    const answer = receiptAnswer(verdict, begun);
    if (answer.kind !== 'accepted' || message.wait === undefined) return answer;
    const waited = await this.#waitForOutcomes(verdict, message, lastSeq(answer.receipts));
    const outcomes = this.#outcomes(message, answer.receipts);
    if (outcomes.kind === 'refused') return outcomes;
    const stages = stagesOf(verdict, begun);
    const timing = printStages(waited === undefined ? stages : { ...stages, drain: (stages.drain ?? 0) + waited });
    return { ...outcomes, cost: costOf(verdict, begun), timing };
  }

  read(message: Message.ReadMessage): Promise<Message.ReadAnswer> {
    return this.#reads.read(message);
  }

  async stream(message: Message.StreamMessage): Promise<Message.StreamAnswer> {
    const loaded = this.#engine.begin();
    return loaded === undefined ? refuseUnknown() : this.#streams.open(loaded, message);
  }

  async ticket(client: string, n: number): Promise<Message.TicketAnswer> {
    const loaded = await this.#engine.read(currentRequest());
    if (loaded === undefined) return refuseUnknown();
    return ticketOf(this.#engine.database, loaded, client, n);
  }

  async create(kind: string, user: string): Promise<Message.CreateAnswer> {
    const definition = this.#definitions.get(kind);
    const known = this.#engine.begin();
    if (known !== undefined && known.row.kind !== kind) {
      return refuse(problem('kind-conflict', `The application exists with the kind ${known.row.kind}.`));
    }
    if (definition === undefined) {
      return refuse(unknownKind([...this.#definitions.keys()]));
    }
    const refusal = known === undefined ? this.#refuseWrite() : undefined;
    if (refusal !== undefined) return refuse(refusal);
    const initial = initialStateOf(definition, { application: this.#identity(), user, now: Date.now() });
    if (known === undefined) this.#engine.replace(() => createApplication(this.#engine.database, initial));
    await this.#engine.list();
    return this.#described(known === undefined ? 'created' : 'exists');
  }

  info(): Promise<Message.TextAnswer> {
    return this.#info();
  }

  async summary(): Promise<NumberedSummary | undefined> {
    const loaded = this.#engine.begin();
    // From now on the directory answers by itself.
    await this.#engine.list();
    return loaded === undefined ? undefined : this.#engine.listing.answer(loaded);
  }

  async log(page: Message.LogPageRequest): Promise<Message.TextAnswer> {
    return this.#text((loaded) => JSON.stringify(logPage(this.#engine.database, loaded, page)));
  }

  async rejections(_user?: string, _pass?: string, filter?: RejectionFilter): Promise<Message.TextAnswer> {
    return this.#text(() => JSON.stringify(listRejections(this.#engine.database, filter)));
  }

  /** Queues a rejected change again, under a new seq [O4]. */
  async retry(seq: number): Promise<Message.ReceiptAnswer> {
    const begun = Date.now();
    const loaded = this.#engine.begin();
    if (loaded === undefined) return refuseUnknown();
    const rejection = listedRejection(this.#engine.database, seq);
    if (rejection === undefined) return refuse(problem('unknown-rejection', `Change ${seq} is not listed.`));
    return receiptAnswer(this.#engine.retry(loaded, retryPush(rejection)), begun);
  }

  async discard(seq: number): Promise<Message.Done> {
    if (this.#engine.begin() === undefined) return refuseUnknown();
    const { database } = this.#engine;
    const rejection = listedRejection(database, seq);
    if (rejection === undefined) return refuse(problem('unknown-rejection', `Change ${seq} is not listed.`));
    const changes = { seq: rejection.change.seq, count: countOf(rejection) };
    const refusal = this.#refuseWrite();
    if (refusal !== undefined) return refuse(refusal);
    database.transact(() => setRejectionStatus(database, changes, 'discarded'));
    return { kind: 'done' };
  }

  /** @returns how long it has waited for a drain, in ms; undefined where the outcomes were there */
  async #waitForOutcomes(
    { loaded }: VerdictWithCost,
    { wait = 0, user }: Message.PushMessage,
    last: number,
  ): Promise<number | undefined> {
    if (loaded === undefined || loaded.version >= last) return undefined;
    const begun = Date.now();
    await this.#engine.waitFor(loaded, last, wait, user);
    return Date.now() - begun;
  }

  /** Reason why nothing may be written now; undefined when it may [C3]. */
  #refuseWrite(): Problem | undefined {
    // Also brings back what is used of the budget.
    this.#engine.begin();
    return this.#engine.database.usage.budget.refusal();
  }

  #outcomes(
    message: Message.PushMessage,
    receipts: readonly Receipt[],
  ): Message.Refusal | Message.Accepted | Message.Settled {
    const loaded = this.#engine.current();
    return loaded === undefined
      ? refuseUnknown()
      : outcomesOrReceipts(this.#engine.database, loaded, message, receipts);
  }

  #text(make: (loaded: LoadedState) => string): Message.TextAnswer {
    const loaded = this.#engine.begin();
    if (loaded === undefined) return refuseUnknown();
    return { kind: 'text', body: make(loaded), position: positionOf(loaded, Date.now()) };
  }

  async #described(kind: 'created' | 'exists'): Promise<Message.CreateAnswer> {
    const info = await this.info();
    return info.kind === 'text' ? { ...info, kind } : info;
  }
}

const refuse = <P>(reason: P): { readonly kind: 'refused'; readonly problem: P } => ({
  kind: 'refused',
  problem: reason,
});

const refuseUnknown = () => refuse(unknownApplication());

const lastSeq = (receipts: readonly Receipt[]): number => Math.max(...receipts.map(({ seq }) => seq));
