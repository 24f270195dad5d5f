import { type Failed, failed } from '../../../core/json/failure.ts';
import { Refusal } from '../../../core/json/refusal.ts';
import { dollarsOf, MESSAGES_PER_REQUEST } from '../../../core/prices.ts';
import type { Change, Sender } from '../../../protocol/change.ts';
import type { ClientId } from '../../../protocol/ids.ts';
import { type Problem, problemBody } from '../../../protocol/problems.ts';
import type { Receipt } from '../../../protocol/receipt.ts';
import type { Known } from '../../access/who.ts';
import { describeError, log } from '../../logging/log.ts';
import { sized, sizedBatch } from '../../rpc/change-schema.ts';
import type { Charged, Engine } from '../engine.ts';
import { outcomeOf } from '../read/outcome.ts';
import type { FrameOf } from './frame-reader.ts';
import type { Outcomes } from './outcome-router.ts';
import type { Socket } from './socket.ts';

type PushFrame = FrameOf<'push'> | FrameOf<'batch'>;

export interface PushFramesOptions {
  readonly engine: Engine;
  readonly outcomes: Outcomes;
}

/** Pushes that come over a socket: the same as by HTTP, only answered by frames [W8] [W10]. */
export class PushFrames {
  readonly #options: PushFramesOptions;

  constructor(options: PushFramesOptions) {
    this.#options = options;
  }

  take(socket: Socket, who: Known, frame: PushFrame): void {
    const { engine, outcomes } = this.#options;
    const read = who.role === 'reader' ? forbidden() : readPush(frame);
    if (read.kind === 'problem') {
      refuse(socket, frame, read.problem);
      return;
    }
    outcomes.bind(socket, frame.client);
    engine
      .acceptInTurn({
        ...{ user: who.subject, judged: 'when-applied', answer: 'receipts', via: 'socket' },
        // Only who could create it by hand creates it by pushing [L2].
        unknown: who.role === 'admin' ? 'create' : 'refuse',
        ...read.push,
      })
      .then((verdict) => this.#accepted(socket, frame, verdict))
      .catch((error: unknown) => {
        // The outcome is unknown: the client comes back and sends it again [Q1].
        log('error', 'a push over a socket failed', describeError(error));
        socket.close('unavailable');
      });
  }

  #accepted(socket: Socket, frame: PushFrame, verdict: Charged): void {
    const { accepted, memory } = verdict;
    if (accepted.kind === 'refused') {
      refuse(socket, frame, accepted.problem);
      return;
    }
    if (frame.cost === true) tellCost(socket, frame, verdict);
    const { outcomes } = this.#options;
    for (const receipt of accepted.receipts) {
      if (memory === undefined || receipt.seq > memory.version) outcomes.queued(socket, receipt);
      // What was applied just now has been told by its slice.
      else if (receipt.repeated) this.#repeated(socket, receipt);
    }
  }

  #repeated(socket: Socket, receipt: Receipt): void {
    const { engine, outcomes } = this.#options;
    const memory = engine.look();
    const outcome = memory === undefined ? undefined : outcomeOf(engine.database, memory, receipt.seq);
    if (outcome === undefined || outcome.status === 'queued') outcomes.queued(socket, receipt);
    else outcomes.settled(socket, { ...receipt, ...outcome });
  }
}

interface Push {
  readonly kind: 'push';
  readonly push: {
    readonly sender: Sender;
    readonly changes: readonly Change[];
    readonly grouping: 'each' | 'atomic';
    readonly match?: '*' | readonly string[];
  };
}

const readPush = (frame: PushFrame): Push | Failed => {
  const { client, n, match } = frame;
  const isAtomic = frame.type === 'batch' && frame.atomic;
  if (frame.type === 'batch' && match !== undefined && !isAtomic)
    return failed('invalid-frame', 'match on a batch needs "atomic": true.');
  try {
    return {
      kind: 'push',
      push: {
        sender: { kind: 'client', client: client as ClientId, n },
        changes: frame.type === 'push' ? [sized(frame)] : sizedBatch(frame.changes),
        grouping: isAtomic ? 'atomic' : 'each',
        ...(match === undefined ? {} : { match }),
      },
    };
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'problem', problem: error.problem };
    throw error;
  }
};

const forbidden = (): Failed =>
  failed('forbidden', 'The token makes you reader of this application.', { needed: 'writer' });

/** A frame is a twentieth of a request, and keeps nothing awake. */
const tellCost = (socket: Socket, { client, n }: PushFrame, { rowsRead, rowsWritten, storedBytes }: Charged): void => {
  const usage = { workerRequests: 0, objectRequests: 1 / MESSAGES_PER_REQUEST, rowsRead, rowsWritten, awakeMs: 0 };
  socket.send({ type: 'cost', client, n, rowsRead, rowsWritten, storedBytes, microdollars: dollarsOf(usage) * 1e6 });
};

const refuse = (socket: Socket, { client, n }: PushFrame, reason: Problem): void =>
  socket.send({ type: 'refused', client, n, problem: problemBody(reason) });
