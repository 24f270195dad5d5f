import { DurableObject } from 'cloudflare:workers';
import { planAlarm } from '../../core/alarm-plan.ts';
import type { Definition } from '../../core/definition.ts';
import type { ApplicationId } from '../../protocol/ids.ts';
import { DRAIN_RETRY_MS, HELD_RETRY_MS, WAIT_SECONDS_MAX } from '../../protocol/limits.ts';
import { problem, unknownApplication } from '../../protocol/problems.ts';
import type { Receipt } from '../../protocol/receipt.ts';
import { describeError, log } from '../log.ts';
import { Acceptor } from './acceptor.ts';
import { exportBackup, readBackup } from './backup.ts';
import { beginningOf, createApplication } from './creation.ts';
import { Drainer } from './drainer.ts';
import type { ApplicationEnvironment } from './environment.ts';
import { logPage } from './history.ts';
import { type Memory, standingOf } from './memory.ts';
import type * as Message from './messages.ts';
import { holdReason } from './migration.ts';
import { Present } from './present.ts';
import { answerRead } from './read.ts';
import { listRejections, rejectedPush } from './rejected.ts';
import { report, summarise } from './report.ts';
import { restore } from './restore.ts';
import { settle, ticketOf } from './settle.ts';
import { updateApplicationRow } from './storage/application-row.ts';
import { Database } from './storage/database.ts';
import { setFate } from './storage/rejections.ts';
import { perTurn } from './turn.ts';
import { Waiters } from './waiters.ts';

/**
 * One application: its queue, its state, its alarm. Methods are called by RPC from the Worker, which has parsed
 * and authorised everything. Thin on purpose: it wires the parts beside it to the platform.
 */
export abstract class ApplicationObject extends DurableObject<ApplicationEnvironment> implements Message.ApplicationApi {
  /** What this deployment can run, by kind. */
  protected abstract readonly definitions: ReadonlyMap<string, Definition>;
  /** The kind that a first push creates [L2]. */
  protected abstract readonly firstKind: string;

  readonly #database = new Database(this.ctx.storage);
  readonly #present = new Present(this.#database);
  readonly #waiters = new Waiters();
  /** When the alarm is set to go off, as far as this instance knows. */
  #armed: number | undefined;
  #alarms = 0;

  readonly #definitionOf = ({ row }: Memory): Definition | undefined => this.definitions.get(row.kind);

  readonly #drainer = new Drainer({
    database: this.#database,
    present: this.#present,
    definitionOf: this.#definitionOf,
    sync: () => this.ctx.storage.sync(),
    onAttempt: () => this.#setAlarm(Date.now() + DRAIN_RETRY_MS),
    onSlice: ({ version }) => this.#waiters.reached(version),
  });

  readonly #acceptor = new Acceptor({
    database: this.#database,
    present: this.#present,
    definitionOf: this.#definitionOf,
    firstKind: () => this.definitions.get(this.firstKind),
    onAccepted: () => this.#arm(),
  });

  readonly #acceptInTurn = perTurn((pushes: readonly Message.PushMessage[]) => {
    this.#look();
    return this.#acceptor.accept(pushes);
  });

  /** One head check for all the reads of a turn, and one burst of answers [S12]. */
  readonly #lookInTurn = perTurn((reads: readonly undefined[]) => {
    const memory = this.#look();
    return reads.map(() => memory);
  });

  async push(message: Message.PushMessage): Promise<Message.PushAnswer> {
    const { accepted, memory } = await this.#acceptInTurn(message);
    if (memory === undefined) return accepted.kind === 'refused' ? accepted : refuseUnknown();
    const standing = standingOf(memory, Date.now());
    if (accepted.kind === 'refused') return { ...accepted, standing };
    const { receipts } = accepted;
    if (message.wait === undefined) return { kind: 'accepted', receipts, standing };
    await this.#reached(lastSeq(receipts), message.wait);
    const present = this.#present.look();
    return present === undefined ? refuseUnknown() : settle(this.#database, present, message, receipts);
  }

  async read(message: Message.ReadMessage): Promise<Message.ReadAnswer> {
    const memory = await this.#lookInTurn(undefined);
    if (memory === undefined) return refuseUnknown();
    const refusal = (await this.#drainedFirst(memory, message)) ?? (await this.#minVersion(message));
    if (refusal !== undefined) return refusal;
    const answer = this.#answerRead(message);
    if (answer.kind !== 'unchanged' || message.wait === undefined || message.at !== undefined) return answer;
    await this.#reached(answer.standing.version + 1, message.wait);
    return this.#answerRead(message);
  }

  async ticket(client: string, n: number): Promise<Message.TicketAnswer> {
    const memory = await this.#lookInTurn(undefined);
    if (memory === undefined) return refuseUnknown();
    return ticketOf(this.#database, memory, client, n);
  }

  async create(application: ApplicationId, kind: string, user: string): Promise<Message.CreateAnswer> {
    const definition = this.definitions.get(kind);
    const known = this.#look();
    if (known !== undefined && known.row.kind !== kind) {
      return refuse(problem('kind-conflict', `The application exists with the kind ${known.row.kind}.`));
    }
    if (definition === undefined) {
      return refuse(problem('unknown-kind', `There are the kinds ${[...this.definitions.keys()].join(', ')}.`));
    }
    const beginning = beginningOf(definition, { application, user, now: Date.now() });
    if (known === undefined) this.#present.writing(() => this.#transact(() => createApplication(this.#database, beginning)));
    await this.#listInDirectory();
    return this.#described(known === undefined ? 'created' : 'exists');
  }

  async info(): Promise<Message.TextAnswer> {
    const memory = this.#look();
    if (memory === undefined) return refuseUnknown();
    const body = report(this.#database, memory, this.#definitionOf(memory), this.#alarms);
    return { kind: 'text', body, standing: standingOf(memory, Date.now()) };
  }

  async summary(): Promise<Message.Summary | undefined> {
    const memory = this.#look();
    return memory === undefined ? undefined : summarise(memory);
  }

  async log(page: { readonly after: number; readonly limit?: number }): Promise<Message.TextAnswer> {
    return this.#text((memory) => JSON.stringify(logPage(this.#database, memory, page)));
  }

  async rejections(): Promise<Message.TextAnswer> {
    return this.#text(() => JSON.stringify(listRejections(this.#database)));
  }

  /** Queues a rejected change again, under a new seq [O4]. */
  async retry(seq: number): Promise<Message.PushAnswer> {
    const memory = this.#look();
    if (memory === undefined) return refuseUnknown();
    const push = rejectedPush(this.#database, seq);
    if (push === undefined) return refuse(problem('unknown-rejection', `Change ${seq} is not listed.`));
    const accepted = this.#acceptor.retry(memory, push);
    const standing = standingOf(memory, Date.now());
    if (accepted.kind === 'accepted') setFate(this.#database, seq, 'retrying', lastSeq(accepted.receipts));
    return { ...accepted, standing };
  }

  async discard(seq: number): Promise<Message.Done> {
    if (this.#look() === undefined) return refuseUnknown();
    if (rejectedPush(this.#database, seq) === undefined) {
      return refuse(problem('unknown-rejection', `Change ${seq} is not listed.`));
    }
    setFate(this.#database, seq, 'discarded');
    return { kind: 'done' };
  }

  /** The backup contains everything acknowledged before it began [L6]. */
  async exportBackup(): Promise<Message.ExportAnswer> {
    const memory = await this.#drained();
    if (memory === undefined) return refuseUnknown();
    const stream = new Response(exportBackup(this.#database, memory)).body as ReadableStream;
    return { kind: 'stream', stream, standing: standingOf(memory, Date.now()) };
  }

  async importBackup(application: ApplicationId, user: string, stream: ReadableStream): Promise<Message.CreateAnswer> {
    const backup = readBackup(await new Response(stream).text(), this.definitions);
    if ('name' in backup) return refuse(backup);
    const memory = await this.#drained();
    const who = { application, user, now: Date.now() };
    this.#present.writing(() => this.#transact(() => restore(this.#database, memory, backup, who)));
    this.#present.forget();
    this.#waiters.wakeAll();
    await this.#listInDirectory();
    return this.#described('exists');
  }

  async destroy(): Promise<Message.Done> {
    if (this.#look() === undefined) return refuseUnknown();
    await this.ctx.storage.deleteAll();
    this.#armed = undefined;
    this.#present.forget();
    this.#waiters.wakeAll();
    return { kind: 'done' };
  }

  /** Never throws: after six failures the runtime would give up for good, with changes still queued [D2]. */
  override async alarm(): Promise<void> {
    this.#armed = undefined;
    this.#alarms += 1;
    try {
      const memory = this.#look();
      if (memory?.row.listed === 0) await this.#listInDirectory();
      if ((await this.#drainer.run()) === 'failed') this.#setAlarm(Date.now() + DRAIN_RETRY_MS);
      else this.#arm();
    } catch (error) {
      log('error', 'an alarm failed', describeError(error));
      this.#setAlarm(Date.now() + DRAIN_RETRY_MS);
    }
  }

  /** Memory as the disk has it; whatever was left undone by an earlier life is taken up again [D3]. */
  #look(): Memory | undefined {
    const memory = this.#present.look();
    if (memory === undefined) return undefined;
    memory.held ??= holdReason(memory, this.#definitionOf(memory));
    if (memory.held === undefined) this.#acceptor.queueMigration(memory);
    if (memory.version === memory.head || this.#plan(memory).kind === 'keep') return memory;
    this.#arm();
    void this.#drainer.run().then(() => this.#arm());
    return memory;
  }

  #answerRead(message: Message.ReadMessage): Message.ReadAnswer {
    const memory = this.#present.look();
    return memory === undefined ? refuseUnknown() : answerRead(this.#database, memory, message);
  }

  /** Path 1 of the article: what was acknowledged before this read is in it [S6]. */
  async #drainedFirst(memory: Memory, message: Message.ReadMessage): Promise<Message.Refusal | undefined> {
    if (message.drain === 'no') return undefined;
    return this.#reachedOrRefused(memory.head, WAIT_SECONDS_MAX);
  }

  async #minVersion({ minVersion, wait = 0 }: Message.ReadMessage): Promise<Message.Refusal | undefined> {
    return minVersion === undefined ? undefined : this.#reachedOrRefused(minVersion, wait);
  }

  async #reachedOrRefused(version: number, seconds: number): Promise<Message.Refusal | undefined> {
    await this.#reached(version, seconds);
    const memory = this.#present.look();
    if (memory === undefined) return refuseUnknown();
    if (memory.version >= version) return undefined;
    const standing = standingOf(memory, Date.now());
    const waiting = problem('version-not-reached', `The state is at version ${memory.version}.`, { retryAfter: 1 });
    return { kind: 'refused', standing, problem: memory.held ?? waiting };
  }

  /** Someone who waits makes the drain happen at once. */
  async #reached(version: number, seconds: number): Promise<void> {
    const memory = this.#present.look();
    if (memory === undefined || memory.version >= version) return;
    if (memory.version < memory.head) void this.#drainer.run().then(() => this.#arm());
    if (seconds > 0 && !this.#waiters.isFull) await this.#waiters.wait(version, seconds);
  }

  async #drained(): Promise<Memory | undefined> {
    const memory = this.#look();
    if (memory !== undefined) await this.#reached(memory.head, WAIT_SECONDS_MAX);
    return this.#look();
  }

  #text(make: (memory: Memory) => string): Message.TextAnswer {
    const memory = this.#look();
    if (memory === undefined) return refuseUnknown();
    return { kind: 'text', body: make(memory), standing: standingOf(memory, Date.now()) };
  }

  async #described(kind: 'created' | 'exists'): Promise<Message.CreateAnswer> {
    const info = await this.info();
    return info.kind === 'text' ? { ...info, kind } : info;
  }

  /** Best effort here; the alarm repeats it until the directory knows. */
  async #listInDirectory(): Promise<void> {
    const memory = this.#present.look();
    if (memory === undefined || memory.row.listed === 1) return;
    try {
      await this.env.DIRECTORY.getByName(memory.row.owner).add(memory.row.app);
      this.#transact(() => updateApplicationRow(this.#database, { listed: 1 }));
      memory.row = { ...memory.row, listed: 1 };
    } catch (error) {
      log('error', 'the directory could not be told', describeError(error));
    }
    this.#arm();
  }

  #transact<T>(write: () => T): T {
    return this.#database.transact(write as () => never);
  }

  #plan(memory: Memory | undefined): ReturnType<typeof planAlarm> {
    const isWaiting = memory !== undefined && (memory.version < memory.head || memory.row.listed === 0);
    return planAlarm(isWaiting ? 'waiting' : 'none', this.#armed, Date.now());
  }

  /** In the turn of the write, so that queue and alarm become durable together. */
  #arm(): void {
    const memory = this.#present.look();
    const plan = this.#plan(memory);
    if (plan.kind === 'set') this.#setAlarm(memory?.held === undefined ? plan.time : Date.now() + HELD_RETRY_MS);
  }

  #setAlarm(time: number): void {
    this.#armed = time;
    this.#database.rows.written += 1;
    void this.ctx.storage.setAlarm(time);
  }
}

const refuse = <P>(reason: P): { readonly kind: 'refused'; readonly problem: P } => ({ kind: 'refused', problem: reason });

const refuseUnknown = () => refuse(unknownApplication());

const lastSeq = (receipts: readonly Receipt[]): number => Math.max(...receipts.map(({ seq }) => seq));
