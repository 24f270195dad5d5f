import { sleep } from '../support/wait.ts';
import { Caller, MERGE, SHARED, tokenOf } from './target.ts';

const WRITERS = 4;
/** Milliseconds between two pushes of one person. */
const PUSH_EVERY_MS = 200;
const NEIGHBOUR = '/v1/apps/neighbour/board';

/** What honest people waited for, in milliseconds. */
export interface Waits {
  readonly accepted: number[];
  readonly visible: number[];
  readonly polled: number[];
  /** In an application of another owner on the same server. */
  readonly neighbour: number[];
}

const noWaits = (): Waits => ({ accepted: [], visible: [], polled: [], neighbour: [] });

/** People who share an application with hostile ones, and a neighbour with an application of its own. */
export class Honest {
  readonly #owner: Caller;
  readonly #neighbour: Caller;
  readonly #acknowledged = new Map<string, number>();
  readonly #begun = new Map<string, number>();
  readonly #seen = new Map<string, number>();
  #waits = noWaits();
  #isOver = false;
  /** Answers other than those that a person wants, with their number. */
  readonly refused: Record<string, number> = {};
  /** Values that a reader saw after a newer one. */
  wentBack = 0;

  static async begin(url: string): Promise<Honest> {
    const honest = new Honest(new Caller(url, await tokenOf('honest')), new Caller(url, await tokenOf('neighbour')));
    await honest.#owner.call('PUT', `${SHARED}/changes/first/1`, MERGE, '{"people":{},"still":1}');
    await honest.#neighbour.call('PUT', `${NEIGHBOUR}/changes/first/1`, MERGE, '{"still":1}');
    await honest.#watch();
    for (let index = 0; index < WRITERS; index += 1) {
      void honest.#write(new Caller(url, await tokenOf(`person-${index}`, { 'honest/board': 'writer' })), `p${index}`);
    }
    void honest.#poll(honest.#owner, `${SHARED}/state?path=/people`, 'polled');
    void honest.#poll(honest.#neighbour, `${NEIGHBOUR}/state`, 'neighbour');
    return honest;
  }

  private constructor(owner: Caller, neighbour: Caller) {
    this.#owner = owner;
    this.#neighbour = neighbour;
  }

  /** What was waited for since the last call. */
  takeWaits(): Waits {
    const waits = this.#waits;
    this.#waits = noWaits();
    return waits;
  }

  /** @returns the people whose last acknowledged value the state does not hold */
  async end(): Promise<readonly string[]> {
    this.#isOver = true;
    await sleep(2_000);
    const { text } = await this.#owner.call('GET', `${SHARED}/state?path=/people`, { Prefer: 'drain, wait=20' });
    const people = JSON.parse(text) as Record<string, number>;
    return [...this.#acknowledged].filter(([person, n]) => people[person] !== n).map(([person]) => person);
  }

  /** Sends what was not acknowledged again, under the same n. */
  async #write(caller: Caller, person: string): Promise<void> {
    for (let n = 1; !this.#isOver; ) {
      const begun = performance.now();
      if (!this.#begun.has(`${person} ${n}`)) this.#begun.set(`${person} ${n}`, begun);
      const path = `${SHARED}/changes/${person}/${n}`;
      const status = await caller.call('PUT', path, MERGE, JSON.stringify({ people: { [person]: n } })).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 202) {
        this.#waits.accepted.push(performance.now() - begun);
        this.#acknowledged.set(person, n);
        n += 1;
      } else this.#refuse(`push ${status}`);
      await sleep(Math.max(1, PUSH_EVERY_MS - (performance.now() - begun)));
    }
  }

  async #poll(caller: Caller, path: string, wait: 'polled' | 'neighbour'): Promise<void> {
    while (!this.#isOver) {
      const begun = performance.now();
      const status = await caller.call('GET', path).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 200) this.#waits[wait].push(performance.now() - begun);
      else this.#refuse(`poll ${status}`);
      await sleep(Math.max(1, PUSH_EVERY_MS - (performance.now() - begun)));
    }
  }

  #refuse(answer: string): void {
    this.refused[answer] = (this.refused[answer] ?? 0) + 1;
  }

  /** By a socket on the part that people write; opened again when it closes. */
  async #watch(): Promise<void> {
    const socket = await this.#owner.socket(`${SHARED}/socket`, (text, from) => this.#hear(text, from));
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      this.#refuse(`socket closed ${code}`);
      if (!this.#isOver) setTimeout(() => void this.#watch().catch(() => socket.emit('close', 0)), 500);
    });
    socket.send('{"type":"subscribe","path":"/people"}');
  }

  #hear(text: string, socket: { send(text: string): void }): void {
    const frame = JSON.parse(text) as Frame;
    if (frame.type === 'mark') socket.send(`{"type":"ack","mark":${frame.mark}}`);
    if (frame.type === 'state') for (const [person, n] of Object.entries(frame.state)) this.#see(person, n);
    if (frame.type === 'patch') for (const { path, value } of frame.patch) this.#see(path.slice(1), value);
  }

  #see(person: string, n: number): void {
    const before = this.#seen.get(person) ?? 0;
    if (n < before) this.wentBack += 1;
    // A coalesced update shows several of one person at once.
    for (let each = before + 1; each <= n; each += 1) {
      const begun = this.#begun.get(`${person} ${each}`);
      if (begun !== undefined) this.#waits.visible.push(performance.now() - begun);
      this.#begun.delete(`${person} ${each}`);
    }
    this.#seen.set(person, n);
  }
}

type Frame =
  | { readonly type: 'mark'; readonly mark: number }
  | { readonly type: 'state'; readonly state: Readonly<Record<string, number>> }
  | { readonly type: 'patch'; readonly patch: readonly { readonly path: string; readonly value: number }[] };
