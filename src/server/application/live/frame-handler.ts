import { utf8Length } from '../../../core/json/utf8.ts';
import type { ApplicationId } from '../../../protocol/ids.ts';
import type { Json } from '../../../protocol/json.ts';
import { BAD_FRAMES_MAX, FRAME_BYTES_MAX } from '../../../protocol/limits.ts';
import { type Problem, problem, problemBody, unknownApplication } from '../../../protocol/problems.ts';
import type { AccessEnvironment } from '../../access/environment.ts';
import { servedDefinition } from '../state/loaded-state.ts';
import { type Frame, type FrameOf, readFrame } from './frame-reader.ts';
import { PushFrames, type SocketApplication } from './push-frames.ts';
import type { Socket } from './socket.ts';
import { SocketAuth } from './socket-auth.ts';
import { expiredToken, type Sockets } from './sockets.ts';

type ReaderFrame = FrameOf<'subscribe' | 'unsubscribe' | 'presence' | 'ack'>;

export interface FrameHandlerOptions {
  /** Which application this is. */
  readonly identity: () => ApplicationId;
  readonly application: SocketApplication;
  readonly sockets: Sockets;
  readonly access: AccessEnvironment;
}

/** What each frame does. Everything is done in the turn that brings the frame, so their order is kept [W9]. */
export class FrameHandler {
  readonly #options: FrameHandlerOptions;
  readonly #socketAuth: SocketAuth;
  readonly #pushes: PushFrames;

  constructor(options: FrameHandlerOptions) {
    const { identity, application, sockets, access } = options;
    this.#options = options;
    this.#socketAuth = new SocketAuth({ identity, access });
    this.#pushes = new PushFrames({ application, outcomes: sockets.outcomes });
  }

  /** Takes in a message of a socket. */
  handle(socket: Socket, message: string | ArrayBuffer): void {
    const now = Date.now();
    if (socket.takeFrameToken(now) === 'refused') socket.close('rate-limited');
    else if (isTooBig(message)) socket.closeWith(1009, 'too-large');
    else if (socket.isExpired(now)) socket.refuse(expiredToken());
    else this.#handleInOrder(socket, message);
  }

  #read(socket: Socket, message: string | ArrayBuffer): void {
    const read = readFrame(message);
    if (read.kind === 'problem') {
      socket.invalidFrames += 1;
      socket.send({ type: 'error', problem: problemBody(read.problem) });
      if (socket.invalidFrames >= BAD_FRAMES_MAX) socket.close('invalid-frame');
      return;
    }
    socket.invalidFrames = 0;
    this.#dispatch(socket, read.frame);
  }

  #dispatch(socket: Socket, frame: Frame): void {
    const { identity } = socket;
    if (frame.type === 'auth') void this.#auth(socket, frame.token);
    else if (identity.kind === 'guest') socket.refuse(problem('unauthorized', 'Send an "auth" frame first.'));
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
    socket.send({ type: 'definition', version: servedDefinition(loaded) });
    const { epoch } = loaded.row;
    const isUsable =
      known?.epoch === epoch && (path === '' ? known.version <= loaded.version : known.version === loaded.version);
    const subscription = { path, sent: isUsable ? known : undefined, currentTo: known?.version ?? 0 };
    socket.follow(subscription);
    if (isUsable && known.version === loaded.version) socket.send({ type: 'current', epoch, version: loaded.version });
    else sockets.catchUp(socket, loaded);
  }

  #acknowledged(socket: Socket, mark: number): void {
    if (socket.acknowledged(mark) === 'behind') return;
    const loaded = this.#options.application.begin();
    if (loaded !== undefined) this.#options.sockets.catchUp(socket, loaded);
  }

  /** Checking takes a while; what comes meanwhile waits, so that it is judged by the new token [W12]. */
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

/** What remains when all others have been answered: a new frame type would not fit here. */
const unsubscribe = (socket: Socket, _: FrameOf<'unsubscribe'>): void => socket.follow(undefined);

const sendProblem = (socket: Socket, trouble: Problem | undefined): void => {
  if (trouble !== undefined) socket.send({ type: 'error', problem: problemBody(trouble) });
};

const isTooBig = (message: string | ArrayBuffer): boolean => {
  if (typeof message !== 'string') return message.byteLength > FRAME_BYTES_MAX;
  // A unit of UTF-16 takes one to three bytes of UTF-8: most messages need not be measured.
  return 3 * message.length > FRAME_BYTES_MAX && utf8Length(message) > FRAME_BYTES_MAX;
};
