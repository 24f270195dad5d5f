import type { ProblemBody } from '../../protocol/problems.ts';
import { nameOf, ownProblem } from '../platform/problem-error.ts';
import type { Gone, PendingQueue } from '../push/pending-queue.ts';
import { PushLoop } from '../push/push-loop.ts';
import { pushOverHttp } from '../push/push-over-http.ts';
import type { Told } from '../push/push-result.ts';
import type { Applied } from '../state/local-state.ts';
import type { Message } from '../state/state-messages.ts';
import { type ConnectionStatus, isAlike } from '../state/status.ts';
import type { Keeper } from '../storage/persister.ts';
import type { Line, MakeLine } from '../transport/transport.ts';
import type { Watcher } from '../transport/transport-events.ts';
import type { Seat } from './sync-host.ts';

export interface CircuitParts {
  readonly makeLine: MakeLine;
  /** Makes it so in this tab and tells the others. */
  readonly tell: (message: Message) => Applied;
  /** Without one, what is pending lives as long as the tab. */
  readonly keeper?: Keeper;
}

/** The loops of one browser and one application: push -> queue -> drain -> state -> back here. One tab runs them. */
export class Circuit {
  readonly line: Line;
  readonly #seat: Seat;
  readonly #parts: CircuitParts;
  readonly #pushes: PushLoop;
  #unwatch: (() => void) | undefined;

  constructor(seat: Seat, parts: CircuitParts) {
    this.#seat = seat;
    this.#parts = parts;
    const { environment, http, replica } = seat;
    this.line = parts.makeLine({
      ...{ environment, http, tell: parts.tell, watcher: this.#watcher() },
      link: (news) => this.#link(news),
      nudge: () => this.#pushes.say('nudged'),
    });
    this.#pushes = new PushLoop({
      environment,
      queue: () => replica.queue,
      keep: (queue, told, gone) => this.#keep(queue, told, gone),
      deliver: (flight, controller) => this.line.push?.(flight, controller) ?? pushOverHttp(http, flight, controller),
      epoch: () => replica.epoch,
      hurry: () => this.line.hurry(),
      trouble: (problem) => this.#failed(problem),
    });
  }

  start(): void {
    this.#unwatch = this.#seat.environment.watch(() => this.#look());
    this.#look();
  }

  stop(): void {
    this.#unwatch?.();
    this.line.close();
    this.#moved();
    this.#pushes.say('close');
    this.#parts.keeper?.close();
  }

  /** A change was stored, by this tab or another one. */
  added(): void {
    this.line.wake();
    this.#pushes.say('added');
  }

  /** Looks at the network and at whether anybody looks. */
  #look(): void {
    const { environment } = this.#seat;
    const online = environment.isOnline();
    if (online) this.line.start();
    else this.line.stop();
    this.#moved();
    this.#pushes.say(online ? 'online' : 'offline');
    if (!online) this.#link({ online });
    else if (environment.visibility() === 'visible') this.line.wake();
  }

  #moved(): void {
    this.#link({ transport: this.line.transport });
  }

  #keep(queue: PendingQueue, told: readonly Told[], gone: readonly Gone[]): Promise<void> | undefined {
    const before = this.#seat.replica.queue;
    const applied = this.#parts.tell({ type: 'queue', queue, told, gone });
    return this.#parts.keeper?.commit(before, applied.gone);
  }

  #watcher(): Watcher {
    const { replica } = this.#seat;
    const { tell, keeper } = this.#parts;
    return {
      confirmed: () => replica.confirmed,
      see: (sighting) => {
        const before = replica.queue;
        const { seen = 'old', gone } = tell({ type: 'seen', sighting });
        if (seen === 'moved') void keeper?.moved(before, gone);
        if (seen === 'new epoch') this.#renew(before, gone);
        return seen;
      },
      stands: (position) => position && this.#link({ lag: position.lag }),
      failed: (problem) => this.#failed(problem),
      answered: () => this.#answered(),
    };
  }

  /** What is in flight is not given up: a copy of it in the network could be taken for new when its n is free again. */
  #renew(before: PendingQueue, gone: readonly Gone[]): void {
    void this.#parts.keeper?.renewed(before, gone);
    this.#link({ signal: 'new-epoch' });
    this.#pushes.say('added');
  }

  #answered(): void {
    const { signal } = this.#seat.replica.link;
    this.#link({ online: true, error: undefined, ...(isOfAccess(signal) ? { signal: undefined } : {}) });
  }

  #failed(problem: ProblemBody = UNREACHABLE): void {
    this.#link({ online: problem.status > 0, error: problem });
    const name = nameOf(problem);
    if (isOfAccess(name)) this.#link({ signal: name });
  }

  #link(news: Partial<ConnectionStatus>): void {
    const known = this.#seat.replica.link;
    const link = { ...known, ...news };
    if (!isAlike(link, known)) this.#parts.tell({ type: 'link', link });
  }
}

/** What waits for another token or another right, and ends with the first answer. */
const isOfAccess = (name: string | undefined): name is 'unauthorized' | 'unknown-application' =>
  name === 'unauthorized' || name === 'unknown-application';

const UNREACHABLE = ownProblem('unreachable', 0, 'The server cannot be reached', 'No whole answer came.');
