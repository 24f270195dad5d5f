import { utf8Length } from '../../../core/json/utf8.ts';
import type { ApplicationId } from '../../../protocol/ids.ts';
import type { Json } from '../../../protocol/json.ts';
import { BAD_FRAMES_MAX, FRAME_BYTES_MAX } from '../../../protocol/limits.ts';
import { type Problem, problem, problemBody, unknownApplication } from '../../../protocol/problems.ts';
import type { AccessEnvironment } from '../../access/environment.ts';
import type { SocketIdentity } from '../../access/socket-identity.ts';
import { frameCost, type SubjectRates } from '../cost/subject-rates.ts';
import { type Frame, type FrameOf, readFrame } from './frame-reader.ts';
import { PushFrames, type SocketApplication } from './push-frames.ts';
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
  readonly access: AccessEnvironment;
  readonly rates: SubjectRates;
}

/** Handles the frames of sockets, each in the turn in which it arrives, so that their order is kept [W9]. */
export class FrameHandler {
  readonly #options: FrameHandlerOptions;
  readonly #socketAuth: SocketAuth;
  readonly #pushes: PushFrames;

  constructor(options: FrameHandlerOptions) {
    const { identity, name, application, sockets, access } = options;
    this.#options = options;
    const onAdmitted = (admitted: SocketIdentity): void => sockets.noteExpiry(admitted);
    this.#socketAuth = new SocketAuth({ identity, name, access, onAdmitted });
    this.#pushes = new PushFrames({ name, application, outcomes: sockets.outcomes });
  }

  /** Handles a message of a socket. */
  handle(socket: Socket, message: string | ArrayBuffer): void {
    const now = Date.now();
    if (socket.takeFrameToken(now) === 'refused') socket.close('rate-limited');
    else if (isTooLarge(message)) socket.closeWith(1009, 'too-large');
    else if (socket.isExpired(now)) socket.refuse(expiredToken());
    else this.#handleInOrder(socket, message);
  }

  #read(socket: Socket, message: string | ArrayBuffer): void {
    const read = readFrame(message);
    if (read.kind === 'problem') {
      this.#options.rates.take(socket.subject, frameCost(lengthOf(message)));
      socket.invalidFrames += 1;
      socket.send({ type: 'error', problem: problemBody(read.problem) });
      if (socket.invalidFrames >= BAD_FRAMES_MAX) socket.close('invalid-frame');
      return;
    }
    socket.invalidFrames = 0;
    this.#dispatch(socket, read.frame, lengthOf(message));
  }

  #dispatch(socket: Socket, frame: Frame, length: number): void {
    const { identity } = socket;
    const refusal = this.#options.rates.take(socket.subject, frameCost(length));
    if (refusal !== undefined && canBeRefused(frame)) sendRefusal(socket, frame, refusal);
    else if (frame.type === 'auth') void this.#auth(socket, frame.token);
    else if (identity.kind === 'unauthenticated') socket.refuse(problem('unauthorized', 'Send an "auth" frame first.'));
    else if (frame.type === 'push' || frame.type === 'batch') this.#pushes.handle(socket, identity, frame);
    else this.#handleReaderFrame(socket, frame);
  }

  #handleReaderFrame(socket: Socket, frame: ReaderFrame): void {
    const { presence } = this.#options.sockets;
    if (frame.type === 'subscribe') this.#subscribe(socket, frame);
    else if (frame.type === 'ack') this.#acknowledged(socket, frame.mark);
    else if (frame.type === 'presence') sendProblem(socket, presence.set(socket, frame.data as Json, frame.ttl));
    else unsubscribe(socket, frame);
  }

  #subscribe(socket: Socket, { path, known }: FrameOf<'subscribe'>): void {
    const { application, sockets } = this.#options;
    const loaded = application.begin();
    socket.follow(undefined);
    if (loaded === undefined) {
      sendProblem(socket, unknownApplication());
      return;
    }
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

  /** Frames that arrive while the token is being checked wait, and are then handled under the new token [W9] [W12]. */
  async #auth(socket: Socket, token: string): Promise<void> {
    const backlog: (string | ArrayBuffer)[] = [];
    socket.backlog = backlog;
    await this.#socketAuth.authenticate(socket, token);
    socket.backlog = undefined;
    for (const message of backlog) this.#handleInOrder(socket, message);
  }

  #handleInOrder(socket: Socket, message: string | ArrayBuffer): void {
    if (socket.backlog === undefined) this.#read(socket, message);
    else this.#defer(socket, socket.backlog, message);
  }

  #defer(socket: Socket, backlog: (string | ArrayBuffer)[], message: string | ArrayBuffer): void {
    backlog.push(message);
    const size = backlog.reduce((sum, each) => sum + (typeof each === 'string' ? each.length : each.byteLength), 0);
    if (size > 2 * FRAME_BYTES_MAX) socket.close('rate-limited');
  }
}

/** A frame that ends or acknowledges something makes nothing worse. */
const canBeRefused = ({ type }: Frame): boolean => type !== 'auth' && type !== 'ack' && type !== 'unsubscribe';

const sendRefusal = (socket: Socket, frame: Frame, refusal: Problem): void => {
  if (frame.type !== 'push' && frame.type !== 'batch') sendProblem(socket, refusal);
  else socket.send({ type: 'refused', client: frame.client, n: frame.n, problem: problemBody(refusal) });
};

const lengthOf = (message: string | ArrayBuffer): number =>
  typeof message === 'string' ? message.length : message.byteLength;

/** Takes its frame only for the type check: when a new frame type is not handled before, the call does not compile. */
const unsubscribe = (socket: Socket, _: FrameOf<'unsubscribe'>): void => socket.follow(undefined);

const sendProblem = (socket: Socket, refusal: Problem | undefined): void => {
  if (refusal !== undefined) socket.send({ type: 'error', problem: problemBody(refusal) });
};

const isTooLarge = (message: string | ArrayBuffer): boolean => {
  if (typeof message !== 'string') return message.byteLength > FRAME_BYTES_MAX;
  // A UTF-16 unit takes at most three bytes in UTF-8: most messages need not be measured.
  return 3 * message.length > FRAME_BYTES_MAX && utf8Length(message) > FRAME_BYTES_MAX;
};
