import type { Definition } from '../../core/definition.ts';
import type { ApplicationId } from '../../protocol/ids.ts';
import { problem, unknownApplication } from '../../protocol/problems.ts';
import type { Cost, Receipt } from '../../protocol/receipt.ts';
import type * as Message from '../rpc/messages.ts';
import type { VerdictWithCost } from './accept/verdict.ts';
import { exportBackup, readBackup } from './backup/backup.ts';
import { restore } from './backup/restore.ts';
import type { Engine } from './engine.ts';
import type { EventStreams } from './live/event-streams.ts';
import { logPage } from './read/history.ts';
import { infoJson, summarize } from './read/info.ts';
import { answerRead, versionNeeded } from './read/read-state.ts';
import { listRejections, rejectedPush } from './read/rejections.ts';
import { settle, ticketOf } from './read/tickets.ts';
import { createApplication, initialStateOf } from './state/creation.ts';
import { type LoadedState, positionOf } from './state/loaded-state.ts';
import { setRejectionStatus } from './storage/rejections.ts';

/** What an application is made of. */
export interface ApplicationParts {
  readonly definitions: ReadonlyMap<string, Definition>;
  /** Which application this is. */
  readonly identity: () => ApplicationId;
  readonly engine: Engine;
  readonly streams: EventStreams;
}

/** What an application answers. The Worker has parsed and authorized everything; the work is done in the parts. */
export class Application implements Message.ApplicationApi {
  readonly #definitions: ReadonlyMap<string, Definition>;
  readonly #identity: () => ApplicationId;
  readonly #engine: Engine;
  readonly #streams: EventStreams;

  constructor({ definitions, identity, engine, streams }: ApplicationParts) {
    this.#definitions = definitions;
    this.#identity = identity;
    this.#engine = engine;
    this.#streams = streams;
  }

  async push(message: Message.PushMessage): Promise<Message.PushAnswer> {
    const begun = Date.now();
    const verdict = await this.#engine.push(message);
    const answer = receiptOf(verdict, begun);
    if (answer.kind !== 'accepted' || message.wait === undefined) return answer;
    if (verdict.loaded !== undefined)
      await this.#engine.waitFor(verdict.loaded, lastSeq(answer.receipts), message.wait);
    const settled = this.#settled(message, answer.receipts);
    return settled.kind === 'refused' ? settled : { ...settled, cost: costOf(verdict, begun) };
  }

  async read(message: Message.ReadMessage): Promise<Message.ReadAnswer> {
    const loaded = await this.#engine.read(undefined);
    if (loaded === undefined) return refuseUnknown();
    const { version, seconds } = versionNeeded(loaded, message);
    if (loaded.version < version)
      return (await this.#waitOrRefuse(loaded, version, seconds)) ?? this.#answerRead(message);
    const answer = answerRead(this.#engine.database, loaded, message);
    if (answer.kind !== 'unchanged' || message.wait === undefined || message.at !== undefined) return answer;
    // Not a 304 at once: a client would take it for "nothing new" and ask again without a pause.
    if (this.#engine.waiters.isFull)
      return refuse(problem('unavailable', 'Too many requests wait.', { retryAfter: 5 }));
    await this.#engine.waitForChange(loaded, message.wait);
    return this.#answerRead(message);
  }

  async stream(message: Message.StreamMessage): Promise<Message.StreamAnswer> {
    const loaded = this.#engine.begin();
    return loaded === undefined ? refuseUnknown() : this.#streams.open(loaded, message);
  }

  async ticket(client: string, n: number): Promise<Message.TicketAnswer> {
    const loaded = await this.#engine.read(undefined);
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
      return refuse(problem('unknown-kind', `There are the kinds ${[...this.#definitions.keys()].join(', ')}.`));
    }
    const initial = initialStateOf(definition, { application: this.#identity(), user, now: Date.now() });
    if (known === undefined) this.#engine.replace(() => createApplication(this.#engine.database, initial));
    await this.#engine.list();
    return this.#described(known === undefined ? 'created' : 'exists');
  }

  async info(): Promise<Message.TextAnswer> {
    const loaded = this.#engine.begin();
    if (loaded === undefined) return refuseUnknown();
    const body = infoJson(this.#engine.database, loaded);
    return { kind: 'text', body, position: positionOf(loaded, Date.now()) };
  }

  async summary(): Promise<Message.Summary | undefined> {
    const loaded = this.#engine.begin();
    return loaded === undefined ? undefined : summarize(loaded);
  }

  async log(page: { readonly after: number; readonly limit?: number }): Promise<Message.TextAnswer> {
    return this.#text((loaded) => JSON.stringify(logPage(this.#engine.database, loaded, page)));
  }

  async rejections(): Promise<Message.TextAnswer> {
    return this.#text(() => JSON.stringify(listRejections(this.#engine.database)));
  }

  /** Queues a rejected change again, under a new seq [O4]. */
  async retry(seq: number): Promise<Message.ReceiptAnswer> {
    const begun = Date.now();
    const loaded = this.#engine.begin();
    if (loaded === undefined) return refuseUnknown();
    const push = rejectedPush(this.#engine.database, seq);
    if (push === undefined) return refuse(problem('unknown-rejection', `Change ${seq} is not listed.`));
    return receiptOf(this.#engine.retry(loaded, push), begun);
  }

  async discard(seq: number): Promise<Message.Done> {
    if (this.#engine.begin() === undefined) return refuseUnknown();
    if (rejectedPush(this.#engine.database, seq) === undefined) {
      return refuse(problem('unknown-rejection', `Change ${seq} is not listed.`));
    }
    this.#engine.database.transact(() => setRejectionStatus(this.#engine.database, seq, 'discarded'));
    return { kind: 'done' };
  }

  /** The backup contains everything acknowledged before it began [L6]. */
  async exportBackup(): Promise<Message.ExportAnswer> {
    const loaded = await this.#engine.drained();
    if (loaded === undefined) return refuseUnknown();
    const stream = new Response(exportBackup(this.#engine.database, loaded)).body as ReadableStream;
    return { kind: 'stream', stream, position: positionOf(loaded, Date.now()) };
  }

  async importBackup(user: string, stream: ReadableStream): Promise<Message.CreateAnswer> {
    const backup = readBackup(await new Response(stream).text(), this.#definitions);
    if ('name' in backup) return refuse(backup);
    const loaded = await this.#engine.drained();
    const who = { application: this.#identity(), user, now: Date.now() };
    this.#engine.replace(() => restore(this.#engine.database, loaded, backup, who));
    await this.#engine.list();
    return this.#described('exists');
  }

  async destroy(): Promise<Message.Done> {
    if (this.#engine.begin() === undefined) return refuseUnknown();
    await this.#engine.destroy();
    return { kind: 'done' };
  }

  /** The refusal, when the version was not reached in time [S6] [S7]. */
  async #waitOrRefuse(loaded: LoadedState, version: number, seconds: number): Promise<Message.Refusal | undefined> {
    await this.#engine.waitFor(loaded, version, seconds);
    const reached = this.#engine.current();
    if (reached === undefined) return refuseUnknown();
    if (reached.version >= version) return undefined;
    const position = positionOf(reached, Date.now());
    const waiting = problem('version-not-reached', `The state is at version ${reached.version}.`, { retryAfter: 1 });
    return { kind: 'refused', position, problem: reached.blockedBy ?? waiting };
  }

  #settled(
    message: Message.PushMessage,
    receipts: readonly Receipt[],
  ): Message.Refusal | Message.Accepted | Message.Settled {
    const loaded = this.#engine.current();
    return loaded === undefined ? refuseUnknown() : settle(this.#engine.database, loaded, message, receipts);
  }

  #answerRead(message: Message.ReadMessage): Message.ReadAnswer {
    const loaded = this.#engine.current();
    return loaded === undefined ? refuseUnknown() : answerRead(this.#engine.database, loaded, message);
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

const receiptOf = (verdict: VerdictWithCost, begun: number): Message.ReceiptAnswer => {
  const { accepted, loaded } = verdict;
  if (loaded === undefined) return accepted.kind === 'refused' ? accepted : refuseUnknown();
  const position = positionOf(loaded, Date.now());
  return accepted.kind === 'refused'
    ? { ...accepted, position }
    : { kind: 'accepted', receipts: accepted.receipts, position, cost: costOf(verdict, begun) };
};

const costOf = ({ rowsRead, rowsWritten, storedBytes }: VerdictWithCost, begun: number): Cost => ({
  rowsRead,
  rowsWritten,
  storedBytes,
  awakeMs: Date.now() - begun,
});

const lastSeq = (receipts: readonly Receipt[]): number => Math.max(...receipts.map(({ seq }) => seq));
