import type { Peer } from '../../../protocol/frames.ts';
import type { Json } from '../../../protocol/json.ts';
import { PEERS_MAX, PRESENCE_BATCH_MS } from '../../../protocol/limits.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import type { Socket } from './socket.ts';

/** The presence of sockets [W15]. Kept in their attachments, never in the database. */
export class Presence {
  readonly #sockets: () => Iterable<Socket>;
  readonly #changed = new Map<string, Peer>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param sockets returns all open sockets */
  constructor(sockets: () => Iterable<Socket>) {
    this.#sockets = sockets;
  }

  /** Handles a `presence` frame. @param ttl seconds */
  set(socket: Socket, data: Json, ttl: number): Problem | undefined {
    const now = Date.now();
    const isNew = socket.attachment.presence === undefined;
    if (isNew && this.#participants().length >= PEERS_MAX) {
      return problem('presence-full', `At most ${PEERS_MAX} take part.`, { limit: PEERS_MAX });
    }
    socket.saveAttachment({ presence: { data, until: now + ttl * 1_000 } });
    if (isNew) socket.send({ type: 'presence', self: socket.attachment.peer, peers: this.#others(socket, now) });
    this.#announce(toPeer(socket, now));
    return undefined;
  }

  remove(socket: Socket): void {
    if ((socket.attachment.presence?.data ?? null) === null) return;
    this.#announce({ ...toPeer(socket, Date.now()), data: null });
  }

  #participants(): Socket[] {
    return [...this.#sockets()].filter(({ attachment }) => attachment.presence !== undefined);
  }

  #others(except: Socket, now: number): Peer[] {
    const others = this.#participants().filter((socket) => socket !== except);
    return others.map((socket) => toPeer(socket, now)).filter(({ data }) => data !== null);
  }

  /** Sends the first change at once, and collects those that follow within PRESENCE_PAUSE_MS. */
  #announce(peer: Peer): void {
    this.#changed.set(peer.peer, peer);
    if (this.#timer !== undefined) return;
    this.#flush();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#changed.size > 0) this.#flush();
    }, PRESENCE_BATCH_MS);
  }

  #flush(): void {
    const text = JSON.stringify({ type: 'presence', peers: [...this.#changed.values()] });
    const now = Date.now();
    this.#changed.clear();
    for (const socket of this.#participants()) if (!socket.isPaused && !socket.isExpired(now)) socket.sendText(text);
  }
}

const toPeer = ({ attachment: { peer, identity, presence } }: Socket, now: number): Peer => {
  const ttl = Math.ceil(((presence?.until ?? now) - now) / 1_000);
  const user = identity.kind === 'known' ? identity.subject : '';
  return { peer, user, data: ttl > 0 ? ((presence?.data ?? null) as Json) : null, ttl: Math.max(0, ttl) };
};
