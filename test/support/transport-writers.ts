import type { ServerFrame } from '../../src/protocol/frames.ts';
import type { Receipt, Ticket } from '../../src/protocol/receipt.ts';
import { type Change, Inbox, isPassing, type Place } from './transport-place.ts';
import { sleep } from './wait.ts';

/** A change of the log, as far as these tests look at it [L7]. */
export interface Logged {
  readonly seq: number;
  readonly client: string;
  readonly n: number;
  readonly args: unknown;
  readonly outcome: string;
}

/** A client that pushes, and pushes again under the same n until it is acknowledged. */
export abstract class Writer {
  readonly client: string;
  readonly faults: string[] = [];
  /** What was sent, by n - 1. */
  readonly sent: Change[] = [];
  /** The seq of what was acknowledged, by n. */
  readonly acknowledged = new Map<number, number>();
  /** The status that was told of a change, by n. */
  readonly heard = new Map<number, string>();
  /** Pushes whose first answer was lost. */
  repeated = 0;
  /** Pushes that got no answer. */
  unknown = 0;
  protected readonly place: Place;

  constructor(place: Place, client: string) {
    this.place = place;
    this.client = client;
  }

  /** Resolves once the change is acknowledged. Many may be under way. */
  abstract push(change: Change): Promise<void>;

  abstract close(): void;

  protected take(receipt: Receipt | Ticket): void {
    const { client, n, seq } = receipt;
    if (client !== this.client) this.faults.push(`${this.client} was told of ${client}`);
    if (receipt.repeated) this.repeated += 1;
    const known = this.acknowledged.get(n) ?? seq;
    if (known !== seq) this.faults.push(`${client}/${n} has the seqs ${known} and ${seq}`);
    this.acknowledged.set(n, seq);
    if (!('status' in receipt) || receipt.status === 'queued') return;
    // Over HTTP the version is the state's, which may have taken in more.
    if (receipt.status === 'applied' && receipt.version < seq)
      this.faults.push(`${client}/${n} was applied before its version`);
    const status = this.heard.get(n) ?? receipt.status;
    if (status !== receipt.status) this.faults.push(`${client}/${n} is ${status} and ${receipt.status}`);
    this.heard.set(n, status);
  }
}

const pause = (): Promise<void> => sleep(20);

/** One request for each change, one after the other. */
export class HttpWriter extends Writer {
  readonly #headers: Readonly<Record<string, string>>;
  #before: Promise<void> = Promise.resolve();

  /** @param headers for instance `Prefer: wait=5`, which makes it hear outcomes */
  constructor(place: Place, client: string, headers: Readonly<Record<string, string>> = {}) {
    super(place, client);
    this.#headers = headers;
  }

  push(change: Change): Promise<void> {
    const n = this.sent.push(change);
    this.#before = this.#before.then(async () => {
      while (!(await this.#isTaken(n, change).catch(() => false))) {
        this.unknown += 1;
        await pause();
      }
    });
    return this.#before;
  }

  close(): void {
    // Nothing is open between two requests.
  }

  async #isTaken(n: number, change: Change): Promise<boolean> {
    const answer = await this.place.push(this.client, n, change, this.#headers);
    const text = await answer.text();
    if (isPassing(answer.status)) return false;
    const body = JSON.parse(text);
    if (answer.ok) this.take(body);
    // A refusal that names a seq is the outcome of a change that was accepted.
    else if ('seq' in body) this.take({ client: this.client, n, seq: body.seq, status: 'rejected', problem: body });
    else this.faults.push(`${this.client}/${n} was answered ${answer.status} ${text}`);
    return true;
  }
}

/** Frames of one socket, without waiting for answers; what is unacknowledged when it breaks is sent over the next. */
export class SocketWriter extends Writer {
  readonly #waiting = new Map<number, () => void>();
  #inbox: Inbox | undefined;
  #life: 'unborn' | 'open' | 'over' = 'unborn';

  push(change: Change): Promise<void> {
    const n = this.sent.push(change);
    if (this.#life === 'unborn') void this.#live();
    return new Promise((resolve) => {
      this.#waiting.set(n, resolve);
      this.#send(n);
    });
  }

  close(): void {
    this.#life = 'over';
    this.#inbox?.close();
  }

  async #live(): Promise<void> {
    this.#life = 'open';
    while (this.#life === 'open') {
      await this.#converse().catch(() => undefined);
      this.#inbox?.close();
      this.#inbox = undefined;
      this.unknown += this.#waiting.size;
      await pause();
    }
  }

  async #converse(): Promise<void> {
    const inbox = new Inbox(await this.place.socket());
    this.#inbox = inbox;
    for (const n of this.#waiting.keys()) this.#send(n);
    for (;;) {
      const frame = await inbox.next();
      if (frame === undefined) return;
      this.#hear(frame);
    }
  }

  #send(n: number): void {
    try {
      this.#inbox?.send({ type: 'push', client: this.client, n, ...(this.sent[n - 1] as Change) });
    } catch {
      // It has just broken: the next socket sends it.
    }
  }

  #hear(frame: ServerFrame): void {
    if (frame.type === 'receipts') for (const receipt of frame.receipts) this.#settle(receipt);
    else if (frame.type === 'outcomes') for (const ticket of frame.outcomes) this.#settle(ticket);
    else if (frame.type === 'refused' && isPassing(frame.problem.status)) this.#inbox?.close();
    else if (frame.type !== 'authorized') this.faults.push(`${this.client} heard ${JSON.stringify(frame)}`);
    // A change that is refused for good is a fault, and is waited for no longer.
    if (frame.type === 'refused' && !isPassing(frame.problem.status)) this.#forget(frame.n);
  }

  #settle(receipt: Receipt | Ticket): void {
    this.take(receipt);
    this.#forget(receipt.n);
  }

  #forget(n: number): void {
    this.#waiting.get(n)?.();
    this.#waiting.delete(n);
  }
}

/** What the log has against the writers: each acknowledged change is in it once, at its seq, as it was sent. */
export const logTrouble = (log: readonly Logged[], writers: readonly Writer[]): string[] => {
  const trouble = writers.flatMap(({ faults }) => faults);
  const places = new Map<string, Logged>();
  let before = 0;
  for (const entry of log) {
    const name = `${entry.client}/${entry.n}`;
    if (entry.seq !== before + 1) trouble.push(`${entry.seq} stands after ${before}`);
    before = entry.seq;
    if (places.has(name)) trouble.push(`${name} is in the log twice`);
    places.set(name, entry);
  }
  const acknowledged = writers.flatMap(({ client, acknowledged: own }) =>
    [...own].map((each) => [client, ...each] as const),
  );
  if (acknowledged.length !== log.length) trouble.push(`${acknowledged.length} acknowledged, ${log.length} in the log`);
  for (const [client, n, seq] of acknowledged) {
    if (places.get(`${client}/${n}`)?.seq !== seq) trouble.push(`${client}/${n} is not in the log with seq ${seq}`);
  }
  for (const { client, sent, heard } of writers) {
    for (const [index, { args }] of sent.entries()) {
      const entry = places.get(`${client}/${index + 1}`);
      const status = heard.get(index + 1) ?? entry?.outcome;
      if (JSON.stringify(entry?.args) !== JSON.stringify(args)) trouble.push(`${client}/${index + 1} has other args`);
      if (status !== entry?.outcome) trouble.push(`${client}/${index + 1} was told ${status}, not ${entry?.outcome}`);
    }
  }
  return trouble;
};
