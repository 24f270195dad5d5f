import { document } from '../../src/applications/document.ts';
import { createClient } from '../../src/client/client.ts';
import type { LightClient } from '../../src/client/client-api.ts';
import { createLightClient } from '../../src/client/light-client.ts';
import type { Json } from '../../src/protocol/json.ts';
import { type Answer, type Headings, request, sign } from './api.ts';
import { nowSeconds } from './issued-tokens.ts';
import { positionIn } from './position.ts';
import { sleep, until } from './wait.ts';
import { optionsFor } from './worker-client.ts';

// Writers that push one change after the other until they are told to stop. Each change has a key of its own, so that the
// log tells how often it is there, and writes to a member that few others write to and to one that all do.

/** A change that was acknowledged, and where. */
export interface Acknowledged {
  readonly key: string;
  readonly client: string;
  readonly n: number;
  readonly seq: number;
  /** The epoch that the answer names. The SDK tells none. */
  readonly epoch?: string;
}

interface Change {
  readonly key: string;
  readonly change: Record<string, Json>;
}

/** A subject that may write to one application. Its tokens can be made too old. */
class Subject {
  readonly name: string;
  readonly application: string;
  #issuedAt = nowSeconds() - 100;

  constructor(name: string, application: string) {
    [this.name, this.application] = [name, application];
  }

  /** @returns the second before which tokens are too old now */
  renewTokens(): number {
    this.#issuedAt += 1;
    return this.#issuedAt;
  }

  readonly token = (): Promise<string> =>
    sign({ sub: this.name, apps: { [this.application]: 'writer' }, iat: this.#issuedAt });
}

/** Between two changes: a subject may make 1,000 requests in 10 s. */
const PAUSE_MS = 6;

/** Members of the state that a writer writes to: a small state is read fast. */
const MEMBERS = 20;
/** A client reads up to so much later than it could: then it has changes that are accepted and not confirmed. */
const READ_DELAY_MS = 60;

/** A writer that counts its changes. */
export abstract class BusyWriter {
  readonly name: string;
  readonly subject: Subject;
  readonly acknowledged: Acknowledged[] = [];
  /** What answers or states named, each once, in the order in which they came. */
  readonly epochs = new Set<string>();
  /** Keys of what was pushed. */
  readonly keys: string[] = [];

  constructor(name: string, application: string) {
    this.name = name;
    // A subject of its own: the rate is counted for each.
    this.subject = new Subject(`${name} of ${application}`, application);
  }

  /** Resolves when it has stopped and everything that it has pushed is acknowledged. */
  abstract run(isOver: () => boolean): Promise<void>;

  protected nextChange(): Change {
    const key = `${this.name}-${this.keys.length + 1}`;
    this.keys.push(key);
    return { key, change: { [`${this.name}-${this.keys.length % MEMBERS}`]: key, last: key } };
  }
}

/** One batch after the other, each again under its n until it is acknowledged. */
export class BusyPusher extends BusyWriter {
  /** The status of what was not acknowledged at once, and how often. */
  readonly refused: Record<number, number> = {};
  readonly #size: number;
  readonly #headers: Headings;
  #n = 1;
  #token = '';

  /** @param headers for instance `Prefer: wait=5` */
  constructor(name: string, application: string, size: number, headers: Headings = {}) {
    super(name, application);
    [this.#size, this.#headers] = [size, headers];
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const batch = Array.from({ length: this.#size }, () => this.nextChange());
      while (!(await this.#isAcknowledged(batch))) await sleep(PAUSE_MS);
      await sleep(PAUSE_MS);
    }
  }

  async #isAcknowledged(batch: readonly Change[]): Promise<boolean> {
    const answer = await this.#push(batch).catch(() => undefined);
    if (answer?.status !== 200 && answer?.status !== 202) {
      this.#learn(answer);
      return false;
    }
    const { epoch } = positionIn(answer.headers);
    const { receipts, tickets = receipts } = answer.body as Record<string, Acknowledged[]>;
    for (const [index, { client, n, seq }] of (tickets ?? []).entries())
      this.acknowledged.push({ key: batch[index]?.key ?? '', client, n, seq, epoch });
    this.epochs.add(epoch);
    this.#n += batch.length;
    return true;
  }

  /** An import takes numbers back; a revoked token is renewed. */
  #learn(answer: Answer | undefined): void {
    const status = answer?.status ?? 0;
    this.refused[status] = (this.refused[status] ?? 0) + 1;
    if (status === 409) this.#n = answer?.body.expected;
    else if (status === 401) this.#token = '';
    else if (status > 0 && status < 500) throw new Error(`${this.name} was answered ${status} ${answer?.text}`);
  }

  async #push(batch: readonly Change[]): Promise<Answer> {
    if (this.#token === '') this.#token = await this.subject.token();
    const changes = batch.map(({ change }) => ({ name: 'merge', args: change }));
    return request(`/v1/apps/${this.subject.application}/changes/${this.name}`, {
      method: 'PUT',
      body: JSON.stringify({ n: this.#n, changes }),
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${this.#token}`, ...this.#headers },
    });
  }
}

/** Changes of the SDK that it sends while others are on their way. */
const UNDER_WAY_MAX = 20;
/** Changes that it pushes in one turn. */
const TOGETHER = 3;

/** A client of the SDK, which does all of this by itself. */
export class BusyClient extends BusyWriter {
  readonly client: LightClient<typeof document>;
  /** What `applied` rejected with. */
  readonly failures: unknown[] = [];

  /** @param random decides how long each read is delayed */
  constructor(name: 'full-socket' | 'full-poll' | 'light', application: string, random: () => number) {
    super(name, application);
    const { WebSocket, fetch: send, ...rest } = { ...optionsFor(application), token: this.subject.token };
    const slow: typeof fetch = async (input, init) => {
      if (init?.method !== 'PUT') await sleep(READ_DELAY_MS * random());
      return send(input, init);
    };
    const options = { ...rest, fetch: slow };
    this.client =
      name === 'light'
        ? createLightClient<typeof document>({ ...options, transport: 'long-poll' })
        : createClient({
            ...options,
            WebSocket,
            definition: document,
            transport: name === 'full-poll' ? 'poll' : 'socket',
          });
    this.client.subscribeStatus(({ epoch }) => {
      if (epoch !== undefined) this.epochs.add(epoch);
    });
  }

  async run(isOver: () => boolean): Promise<void> {
    const pushes: Promise<void>[] = [];
    while (!isOver()) {
      for (let more = 0; more < TOGETHER; more += 1) pushes.push(this.#push());
      await sleep(PAUSE_MS);
      await pushes.at(-UNDER_WAY_MAX);
    }
    await Promise.all(pushes);
  }

  async #push(): Promise<void> {
    const { key, change } = this.nextChange();
    const { accepted, applied } = this.client.push.merge(change);
    try {
      const { client, n, seq } = await accepted;
      this.acknowledged.push({ key, client, n, seq });
      await applied;
    } catch (error) {
      this.failures.push(error);
    }
  }
}

/** Resolves when every client shows the state and has nothing pending. */
export const converged = async (clients: readonly BusyClient[], version: number): Promise<void> => {
  for (const { client } of clients) await until(() => client.status.version === version && client.status.pending === 0);
};
