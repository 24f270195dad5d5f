import { utf8Length } from '../../../core/json/utf8.ts';
import type { ApplicationId } from '../../../protocol/ids.ts';
import type { Json } from '../../../protocol/json.ts';
import { BAD_FRAMES_MAX, FRAME_BYTES_MAX } from '../../../protocol/limits.ts';
import { type Problem, problem, problemBody, unknownApplication } from '../../../protocol/problems.ts';
import type { AccessEnvironment } from '../../access/environment.ts';
import type { Engine } from '../engine.ts';
import { type Frame, type FrameOf, readFrame } from './frame-reader.ts';
import { PushFrames } from './push-frames.ts';
import type { Socket } from './socket.ts';
import { Door } from './socket-auth.ts';
import { expired, type Sockets } from './sockets.ts';

type ReaderFrame = FrameOf<'subscribe' | 'unsubscribe' | 'presence' | 'ack'>;

export interface ConversationOptions {
  /** Which application this is. */
  readonly identity: () => ApplicationId;
  readonly engine: Engine;
  readonly sockets: Sockets;
  readonly access: AccessEnvironment;
}

/** What each frame does. Everything is done in the turn that brings the frame, so their order is kept [W9]. */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #door: Door;
  readonly #pushes: PushFrames;

  constructor(options: ConversationOptions) {
    const { identity, engine, sockets, access } = options;
    this.#options = options;
    this.#door = new Door({ identity, access });
    this.#pushes = new PushFrames({ engine, outcomes: sockets.outcomes });
  }

  /** Takes in a message of a socket. */
  hear(socket: Socket, message: string | ArrayBuffer): void {
    const now = Date.now();
    if (socket.take(now) === 'refused') socket.close('rate-limited');
    else if (isTooBig(message)) socket.closeWith(1009, 'too-large');
    else if (socket.isExpired(now)) socket.refuse(expired());
    else this.#inTurn(socket, message);
  }

  #read(socket: Socket, message: string | ArrayBuffer): void {
    const read = readFrame(message);
    if (read.kind === 'problem') {
      socket.bad += 1;
      socket.send({ type: 'error', problem: problemBody(read.problem) });
      if (socket.bad >= BAD_FRAMES_MAX) socket.close('invalid-frame');
      return;
    }
    socket.bad = 0;
    this.#answer(socket, read.frame);
  }

  #answer(socket: Socket, frame: Frame): void {
    const { who } = socket;
    if (frame.type === 'auth') void this.#auth(socket, frame.token);
    else if (who.kind === 'guest') socket.refuse(problem('unauthorized', 'Send an "auth" frame first.'));
    else if (frame.type === 'push' || frame.type === 'batch') this.#pushes.take(socket, who, frame);
    else this.#answerReader(socket, frame);
  }

  #answerReader(socket: Socket, frame: ReaderFrame): void {
    const { presence } = this.#options.sockets;
    if (frame.type === 'subscribe') this.#subscribe(socket, frame);
    else if (frame.type === 'ack') this.#acknowledged(socket, frame.mark);
    else if (frame.type === 'presence') complain(socket, presence.tell(socket, frame.data as Json, frame.ttl));
    else unsubscribe(socket, frame);
  }

  #subscribe(socket: Socket, { path, known }: FrameOf<'subscribe'>): void {
    const { engine, sockets } = this.#options;
    const memory = engine.look();
    socket.follow(undefined);
    if (memory === undefined) {
      complain(socket, unknownApplication());
      return;
    }
    const { epoch } = memory.row;
    const isUsable =
      known?.epoch === epoch && (path === '' ? known.version <= memory.version : known.version === memory.version);
    const subscription = { path, told: isUsable ? known : undefined, current: known?.version ?? 0 };
    socket.follow(subscription);
    if (isUsable && known.version === memory.version) socket.send({ type: 'current', epoch, version: memory.version });
    else sockets.tell(socket, memory);
  }

  #acknowledged(socket: Socket, mark: number): void {
    if (socket.acknowledged(mark) === 'behind') return;
    const memory = this.#options.engine.look();
    if (memory !== undefined) this.#options.sockets.tell(socket, memory);
  }

  /** Checking takes a while; what comes meanwhile waits, so that it is judged by the new token [W12]. */
  async #auth(socket: Socket, token: string): Promise<void> {
    const backlog: (string | ArrayBuffer)[] = [];
    socket.backlog = backlog;
    await this.#door.knock(socket, token);
    socket.backlog = undefined;
    for (const message of backlog) this.#inTurn(socket, message);
  }

  #inTurn(socket: Socket, message: string | ArrayBuffer): void {
    if (socket.backlog === undefined) this.#read(socket, message);
    else this.#putBack(socket, socket.backlog, message);
  }

  #putBack(socket: Socket, backlog: (string | ArrayBuffer)[], message: string | ArrayBuffer): void {
    backlog.push(message);
    const size = backlog.reduce((sum, each) => sum + (typeof each === 'string' ? each.length : each.byteLength), 0);
    if (size > 2 * FRAME_BYTES_MAX) socket.close('rate-limited');
  }
}

/** What remains when all others have been answered: a new frame type would not fit here. */
const unsubscribe = (socket: Socket, _: FrameOf<'unsubscribe'>): void => socket.follow(undefined);

const complain = (socket: Socket, trouble: Problem | undefined): void => {
  if (trouble !== undefined) socket.send({ type: 'error', problem: problemBody(trouble) });
};

const isTooBig = (message: string | ArrayBuffer): boolean => {
  if (typeof message !== 'string') return message.byteLength > FRAME_BYTES_MAX;
  // A unit of UTF-16 takes one to three bytes of UTF-8: most messages need not be measured.
  return 3 * message.length > FRAME_BYTES_MAX && utf8Length(message) > FRAME_BYTES_MAX;
};
