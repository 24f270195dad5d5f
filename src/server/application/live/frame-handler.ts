import { problemIn } from '../../../core/json/problem-error.ts';
import { utf8Length } from '../../../core/json/utf8.ts';
import { Backlog, lengthOf, type Message } from '../../../core/limits/backlog.ts';
import type { ApplicationId } from '../../../protocol/ids.ts';
import type { Json } from '../../../protocol/json.ts';
import { BACKLOG_LENGTH_MAX, BAD_FRAMES_MAX, FRAME_BYTES_MAX } from '../../../protocol/limits.ts';
import { type Problem, problem, problemBody, unknownApplication } from '../../../protocol/problems.ts';
import type { AccessEnvironment } from '../../access/environment.ts';
import type { SocketIdentity } from '../../access/socket-identity.ts';
import type { Admission } from '../admission/admission.ts';
import { frameCost, type SubjectRates } from '../cost/subject-rates.ts';
import { positionOf, servedDefinition } from '../state/loaded-state.ts';
import { type Frame, type FrameOf, readFrame } from './frame-reader.ts';
import { PushFrames, type SocketApplication } from './push-frames.ts';
import type { QueueNotices } from './queue-notices.ts';
import type { Socket } from './socket.ts';
import { expiredToken, SocketAuth } from './socket-auth.ts';
import type { Sockets } from './sockets.ts';
import { subscribe } from './subscription.ts';

type ReaderFrame = FrameOf<'subscribe' | 'unsubscribe' | 'presence' | 'ack'>;

export interface FrameHandlerOptions {
  /** Id of the application. */
  readonly identity: () => ApplicationId;
  /** `owner/app` for log lines. Never throws. */
  readonly name: () => string;
  readonly application: SocketApplication;
  readonly sockets: Sockets;
  readonly queueNotices: Pick<QueueNotices, 'onAnswered'>;
  readonly access: AccessEnvironment;
  readonly admission: Pick<Admission, 'check'>;
  /** Charged for every frame [F4]. */
  readonly rates: SubjectRates;
}

/** Handles the frames of sockets, each in the turn in which it arrives, so that their order is kept [W9]. */
export class FrameHandler {
  readonly #options: FrameHandlerOptions;
  readonly #socketAuth: SocketAuth;
  readonly #pushes: PushFrames;

  constructor(options: FrameHandlerOptions) {
    const { identity, name, application, sockets, access, admission } = options;
    this.#options = options;
    const onAdmitted = (admitted: SocketIdentity): void => sockets.noteExpiry(admitted);
    this.#socketAuth = new SocketAuth({ identity, name, access, admission, onAdmitted });
    this.#pushes = new PushFrames({ name, application, outcomes: sockets.outcomes });
  }

  /** Handles a message of a socket. Its size and number are judged before it is read. */
  handle(socket: Socket, message: Message): void {
    if (socket.isClosed) return;
    const now = Date.now();
    if (isTooLarge(message)) socket.closeWith(1009, 'too-large');
    else if (socket.takeFrame(lengthOf(message), now) === 'refused') socket.close('rate-limited');
    else if (socket.isExpired(now)) socket.refuse(expiredToken());
    else this.#handleInOrder(socket, message);
  }

  #handleInOrder(socket: Socket, message: Message): void {
    if (socket.backlog !== undefined) {
      if (socket.backlog.add(message) === 'full') socket.close('rate-limited');
      return;
    }
    const auth = this.#read(socket, message);
    if (auth !== undefined) void this.#authenticate(socket, auth);
  }

  /** Frames that arrive while the token is being checked wait, and are then handled under the new token [W9] [W12]. */
  async #authenticate(socket: Socket, { token }: FrameOf<'auth'>): Promise<void> {
    const backlog = new Backlog(BACKLOG_LENGTH_MAX);
    socket.backlog = backlog;
    await this.#socketAuth.authenticate(socket, token);
    for (let next = backlog.take(); next !== undefined && !socket.isClosed; next = backlog.take()) {
      const auth = this.#read(socket, next);
      if (auth !== undefined) await this.#socketAuth.authenticate(socket, auth.token);
    }
    socket.backlog = undefined;
  }

  /** @returns an `auth` frame, which the caller handles: the frames behind it wait for it */
  #read(socket: Socket, message: Message): FrameOf<'auth'> | undefined {
    const read = readFrame(message);
    const refusal = this.#options.rates.take(socket.subject, frameCost(lengthOf(message)));
    if (read.kind === 'problem') {
      this.#refuseInvalid(socket, read.problem);
      return undefined;
    }
    socket.invalidFrames = 0;
    if (read.kind === 'long-batch') this.#pushes.refuse(socket, read.frame, read.problem);
    else if (read.frame.type === 'auth') return read.frame;
    else if (refusal !== undefined && canBeRefused(read.frame)) this.#refuse(socket, read.frame, refusal);
    else this.#dispatchOrRefuse(socket, read.frame);
    return undefined;
  }

  #refuse(socket: Socket, frame: Frame, refusal: Problem): void {
    if (frame.type === 'push' || frame.type === 'batch') this.#pushes.refuse(socket, frame, refusal);
    else sendProblem(socket, refusal);
  }

  #refuseInvalid(socket: Socket, reason: Problem): void {
    socket.invalidFrames += 1;
    socket.send({ type: 'error', problem: problemBody(reason) });
    if (socket.invalidFrames >= BAD_FRAMES_MAX) socket.close('invalid-frame');
  }

  /** A frame that needs a state for which there is no room ends its socket: the client comes back later [B3]. */
  #dispatchOrRefuse(socket: Socket, frame: Exclude<Frame, FrameOf<'auth'>>): void {
    try {
      this.#dispatch(socket, frame);
    } catch (error) {
      socket.refuse(problemIn(error));
    }
  }

  #dispatch(socket: Socket, frame: Exclude<Frame, FrameOf<'auth'>>): void {
    if (frame.type === 'push' || frame.type === 'batch') this.#pushes.handle(socket, socket.identity, frame);
    else this.#handleReaderFrame(socket, frame);
  }

  #handleReaderFrame(socket: Socket, frame: ReaderFrame): void {
    const { presence } = this.#options.sockets;
    if (frame.type === 'subscribe') this.#subscribe(socket, frame);
    else if (frame.type === 'ack') this.#acknowledged(socket, frame.mark);
    else if (frame.type === 'presence')
      sendProblem(socket, refusePresence(socket) ?? presence.set(socket, frame.data as Json, frame.ttl));
    else unsubscribe(socket, frame);
  }

  #subscribe(socket: Socket, { path, known }: FrameOf<'subscribe'>): void {
    const { application, sockets, queueNotices } = this.#options;
    const loaded = application.begin();
    socket.follow(undefined);
    if (loaded === undefined) {
      sendProblem(socket, unknownApplication());
      return;
    }
    const { queue, lag } = positionOf(loaded, Date.now());
    queueNotices.onAnswered(queue);
    socket.send({ type: 'definition', version: servedDefinition(loaded), ...(queue > 0 && { queue, lag }) });
    const { epoch } = loaded.row;
    const subscription = subscribe(loaded, path, known === undefined ? [] : [known]);
    socket.follow(subscription);
    const isCurrent = subscription.sent?.version === loaded.version;
    if (isCurrent) socket.send({ type: 'current', epoch, version: loaded.version });
    else sockets.catchUp(socket, loaded);
  }

  #acknowledged(socket: Socket, mark: number): void {
    if (socket.acknowledged(mark) === 'unchanged') return;
    const loaded = this.#options.application.begin();
    if (loaded !== undefined) this.#options.sockets.catchUp(socket, loaded);
  }
}

/** Who takes part is told to the others by name, and a stranger has none [A15]. */
const refusePresence = ({ identity }: Socket): Problem | undefined =>
  identity.isStranger ? problem('forbidden', 'Presence needs a token.', { needed: 'reader' }) : undefined;

/** A frame that ends or acknowledges something makes nothing worse. */
const canBeRefused = ({ type }: Frame): boolean => type !== 'auth' && type !== 'ack' && type !== 'unsubscribe';

/** Takes its frame only for the type check: when a new frame type is not handled before, the call does not compile. */
const unsubscribe = (socket: Socket, _: FrameOf<'unsubscribe'>): void => socket.follow(undefined);

const sendProblem = (socket: Socket, refusal: Problem | undefined): void => {
  if (refusal !== undefined) socket.send({ type: 'error', problem: problemBody(refusal) });
};

const isTooLarge = (message: Message): boolean => {
  if (typeof message !== 'string') return message.byteLength > FRAME_BYTES_MAX;
  // A UTF-16 unit takes at most three bytes in UTF-8: most messages need not be measured.
  return 3 * message.length > FRAME_BYTES_MAX && utf8Length(message) > FRAME_BYTES_MAX;
};
