import { expect } from 'vitest';
import { type Answer, Api, fresh, type Headings } from './api.ts';
import { BusyClient, BusyPusher, type BusyWriter, converged } from './busy-writers.ts';
import { revoke } from './issued-tokens.ts';
import { type LogEntry, wholeLog } from './log-model.ts';
import { abortAll } from './objects.ts';
import { sleep } from './wait.ts';

const NDJSON = { 'Content-Type': 'application/x-ndjson' };

/** What an administrator does. */
export type Act =
  | 'restore'
  | 'restores together'
  | 'restore by time'
  | 'restore backup'
  | 'import'
  | 'fork'
  | 'fork of now'
  | 'diff'
  | 'revoke'
  | 'abort';

/** What an act has brought out of the history: the state of a version from `from` to `to`, or the patch that leads there. */
interface Brought {
  readonly what: 'state' | 'patch';
  readonly from: number;
  readonly to: number;
  readonly content: any;
}

interface Import {
  /** The epoch that began with it. */
  readonly epoch: string;
  /** The last seq of the backup. */
  readonly head: number;
  /** Keys of what was pushed before its answer came. */
  readonly before: ReadonlySet<string>;
}

/** An application that five writers push to all the time, and an administrator who does one thing after the other. */
export class Storm {
  readonly api: Api;
  readonly clients: readonly BusyClient[];
  readonly pushers: readonly BusyPusher[];
  /** Those that answers have told. */
  readonly epochs: string[] = [];
  /** What is still in the history. */
  brought: Brought[] = [];
  readonly imports: Import[] = [];
  /** Number of times that an act was answered `503`. */
  again = 0;
  readonly #name = fresh(`stormy-${crypto.randomUUID()}`);
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
    this.api = new Api(this.#name);
    this.clients = [
      new BusyClient('full-socket', this.#name, random),
      new BusyClient('full-poll', this.#name, random),
      new BusyClient('light', this.#name, random),
    ];
    this.pushers = [
      new BusyPusher('plain', this.#name, 8),
      new BusyPusher('waiting', this.#name, 1, { Prefer: 'wait=5' }),
    ];
  }

  get writers(): readonly BusyWriter[] {
    return [...this.clients, ...this.pushers];
  }

  /** @returns the log at the end, when every client shows its state */
  async run(acts: readonly Act[]): Promise<LogEntry[]> {
    this.epochs.push((await this.#ask('PUT', '', { kind: 'document' })).body.epoch);
    let isOver = false;
    const running = this.writers.map((writer) => writer.run(() => isOver));
    for (const act of acts) {
      await sleep(40 + 60 * this.#random());
      await this.#perform(act);
    }
    await sleep(100);
    isOver = true;
    await Promise.all(running);
    await this.api.drained();
    const log = await wholeLog(this.api);
    await converged(this.clients, log.length);
    for (const { client } of this.clients) client.close();
    return log;
  }

  async #perform(act: Act): Promise<void> {
    const { version, createdAt } = (await this.#ask('GET', '')).body;
    const past = this.#upTo(version);
    const [from, to] = [past, this.#upTo(version)];
    switch (act) {
      case 'restore':
        return this.#begun(await this.#ask('POST', '/restore', { version: past }));
      case 'restores together':
        return this.#restoreTogether(past);
      case 'restore by time':
        return this.#begun(
          await this.#ask('POST', '/restore', { time: Math.max(createdAt, Date.now() - this.#upTo(200)) }),
        );
      case 'restore backup':
        return this.#begun(await this.#ask('POST', '/restore', await this.#export(), NDJSON));
      case 'import':
        return this.#import();
      case 'fork':
        return this.#fork({ version: past }, past, past);
      case 'fork of now':
        return this.#fork({}, version);
      case 'diff':
        this.brought.push({
          ...{ what: 'patch', from, to },
          content: (await this.#ask('GET', `/diff?from=${from}&to=${to}`)).body,
        });
        return;
      case 'revoke':
        return this.#revoke();
      case 'abort':
        return abortAll();
      default:
        act satisfies never;
    }
  }

  async #restoreTogether(version: number): Promise<void> {
    const answers = await Promise.all([1, 2, 3].map(() => this.#ask('POST', '/restore', { version })));
    for (const answer of answers) this.#begun(answer);
  }

  async #import(): Promise<void> {
    const backup = await this.#export();
    // What comes meanwhile is taken back.
    await sleep(30 * this.#random());
    const answer = await this.#ask('PUT', '/import', backup, NDJSON);
    const before = new Set(this.writers.flatMap(({ keys }) => keys));
    this.#begun(answer);
    const { head } = JSON.parse(backup.slice(0, backup.indexOf('\n')));
    this.imports.push({ epoch: answer.body.epoch, head, before });
    this.brought = this.brought.filter(({ from, to }) => Math.max(from, to) <= head);
  }

  async #fork(point: object, from: number, to?: number): Promise<void> {
    const forked = new Api(fresh(this.#name.split('/')[0]));
    await this.#ask('POST', '/fork', { ...point, to: forked.path.replace('/v1/apps/', '') });
    const last = to ?? (await this.#ask('GET', '')).body.version;
    this.brought.push({ what: 'state', from, to: last, content: await forked.drained() });
  }

  async #revoke(): Promise<void> {
    const { subject } = this.writers[this.#upTo(this.writers.length - 1)] as BusyWriter;
    expect((await revoke(subject.name, subject.renewTokens())).status).toBe(200);
  }

  async #export(): Promise<string> {
    return (await this.#ask('GET', '/export')).text;
  }

  #begun({ body }: Answer): void {
    this.epochs.push(body.epoch);
  }

  /** A whole number from 0 to `last`. */
  #upTo(last: number): number {
    return Math.floor((last + 1) * this.#random());
  }

  async #ask(method: string, path: string, body?: unknown, headers?: Headings): Promise<Answer> {
    for (;;) {
      const answer = await this.api.call(method, path, body, headers);
      if (answer.status !== 503) {
        expect(answer.status < 300 ? '' : `${method} ${path} ${answer.status} ${answer.text}`).toBe('');
        return answer;
      }
      this.again += 1;
      await sleep(20);
    }
  }
}
