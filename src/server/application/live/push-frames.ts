import { type Failure, failure } from '../../../core/json/failure.ts';
import { ProblemError, problemIn } from '../../../core/json/problem-error.ts';
import { dollarsOf, MESSAGES_PER_REQUEST } from '../../../core/prices.ts';
import type { Change, Sender } from '../../../protocol/change.ts';
import type { ClientId } from '../../../protocol/ids.ts';
import { type Problem, problemBody } from '../../../protocol/problems.ts';
import type { Receipt } from '../../../protocol/receipt.ts';
import { authorizeRole, ifMissingFor } from '../../access/authorize.ts';
import type { SocketIdentity } from '../../access/socket-identity.ts';
import { describeError, log } from '../../logging/log.ts';
import { printBatch, printChange } from '../../rpc/change-schema.ts';
import type { PushMessage } from '../../rpc/messages.ts';
import type { VerdictWithCost } from '../accept/verdict.ts';
import { outcomeOf } from '../read/outcome.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { Database } from '../storage/database.ts';
import type { FrameOf } from './frame-reader.ts';
import type { OutcomeRouter } from './outcome-router.ts';
import type { Socket } from './socket.ts';

type PushFrame = FrameOf<'push'> | FrameOf<'batch'>;

/** The part of the engine that sockets use. */
export interface SocketApplication {
  readonly database: Database;
  begin(): LoadedState | undefined;
  readonly push: (push: PushMessage) => Promise<VerdictWithCost>;
}

export interface PushFramesOptions {
  /** `owner/app` for log lines. Never throws. */
  readonly name: () => string;
  readonly application: SocketApplication;
  readonly outcomes: OutcomeRouter;
}

/** Handles pushes over sockets: the same as over HTTP, but answered by frames [W8] [W10]. */
export class PushFrames {
  readonly #options: PushFramesOptions;

  constructor(options: PushFramesOptions) {
    this.#options = options;
  }

  /** Refuses a push that was not read as a whole. */
  refuse(socket: Socket, frame: PushFrame, problem: Problem): void {
    refuse(socket, frame, problem);
  }

  handle(socket: Socket, identity: SocketIdentity, frame: PushFrame): void {
    const { application, outcomes, name } = this.#options;
    const granted = authorizeRole(identity.role, 'writer');
    const read = granted === 'granted' ? readPush(frame) : { kind: 'problem' as const, problem: granted };
    if (read.kind === 'problem') {
      refuse(socket, frame, read.problem);
      return;
    }
    outcomes.bind(socket, frame.client);
    application
      .push({
        user: identity.subject,
        role: identity.role,
        ...(identity.claims === undefined ? {} : { claims: identity.claims }),
        validate: 'when-applied',
        returns: 'receipts',
        via: 'socket',
        ifMissing: ifMissingFor(identity.role),
        ...read.push,
      })
      .then(
        (verdict) => this.#answer(socket, frame, verdict),
        // There is no room for the state [B3]: nothing was accepted.
        (error: unknown) => refuse(socket, frame, problemIn(error)),
      )
      .catch((error: unknown) => {
        // The outcome is unknown: the client connects again and repeats the push [Q1].
        log('error', 'a push over a socket failed', { application: name(), ...describeError(error) });
        socket.close('unavailable');
      });
  }

  #answer(socket: Socket, frame: PushFrame, verdict: VerdictWithCost): void {
    const { accepted, loaded } = verdict;
    if (accepted.kind === 'refused') {
      refuse(socket, frame, accepted.problem);
      return;
    }
    if (frame.cost === true) sendCost(socket, frame, verdict);
    const { outcomes } = this.#options;
    for (const receipt of accepted.receipts) {
      if (loaded === undefined || receipt.seq > loaded.version) outcomes.addReceipt(socket, receipt);
      // The outcome of a change that was applied in this turn has been routed with its slice.
      else if (receipt.repeated) this.#answerRepeated(socket, receipt);
    }
  }

  #answerRepeated(socket: Socket, receipt: Receipt): void {
    const { application, outcomes } = this.#options;
    const loaded = application.begin();
    const outcome = loaded === undefined ? undefined : outcomeOf(application.database, loaded, receipt.seq);
    if (outcome === undefined || outcome.status === 'queued') outcomes.addReceipt(socket, receipt);
    else outcomes.addOutcome(socket, { ...receipt, ...outcome });
  }
}

interface Push {
  readonly kind: 'push';
  readonly push: {
    readonly sender: Sender;
    readonly changes: readonly Change[];
    readonly atomicity: 'each' | 'atomic';
    readonly match?: '*' | readonly string[];
    readonly kind?: string;
  };
}

const readPush = (frame: PushFrame): Push | Failure => {
  const { client, n, match, kind } = frame;
  const isAtomic = frame.type === 'batch' && frame.atomic;
  if (frame.type === 'batch' && match !== undefined && !isAtomic)
    return failure('invalid-frame', 'match on a batch needs "atomic": true.');
  try {
    return {
      kind: 'push',
      push: {
        sender: { kind: 'client', client: client as ClientId, n },
        changes: frame.type === 'push' ? [printChange(frame)] : printBatch(frame.changes),
        atomicity: isAtomic ? 'atomic' : 'each',
        ...(match === undefined ? {} : { match }),
        ...(kind === undefined ? {} : { kind }),
      },
    };
  } catch (error) {
    if (error instanceof ProblemError) return { kind: 'problem', problem: error.problem };
    throw error;
  }
};

/** The cost of a push over a socket: a message is billed as a twentieth of a request, and no time awake is counted. */
const sendCost = (
  socket: Socket,
  { client, n }: PushFrame,
  { rowsRead, rowsWritten, storedBytes }: VerdictWithCost,
): void => {
  const usage = { workerRequests: 0, objectRequests: 1 / MESSAGES_PER_REQUEST, rowsRead, rowsWritten, awakeMs: 0 };
  socket.send({ type: 'cost', client, n, rowsRead, rowsWritten, storedBytes, microdollars: dollarsOf(usage) * 1e6 });
};

const refuse = (socket: Socket, { client, n }: PushFrame, reason: Problem): void =>
  socket.send({ type: 'refused', client, n, problem: problemBody(reason) });
