import type { Slice } from '../../../core/drain/drain-slice.ts';
import type { QueuedChange } from '../../../core/drain/reduce.ts';
import { SOCKET_CLIENTS_MAX } from '../../../protocol/limits.ts';
import type { ProblemBody } from '../../../protocol/problems.ts';
import type { Receipt, Ticket } from '../../../protocol/receipt.ts';
import { rejectedOutcome } from '../read/outcome.ts';
import type { Socket } from './socket.ts';

/** Receipts and outcomes that a socket is sent together. */
interface OutgoingOutcomes {
  readonly receipts: Receipt[];
  readonly outcomes: Ticket[];
}

/** Sends sockets the outcomes of the clients that they have pushed as [W10]. */
export class OutcomeRouter {
  /** The sockets that have pushed as a client, by client. */
  readonly #bound = new Map<string, Set<Socket>>();
  #outgoing = new Map<Socket, OutgoingOutcomes>();

  /** From now on the socket is sent the outcomes of this client. */
  bind(socket: Socket, client: string): void {
    const { clients } = socket.attachment;
    if (clients.at(-1) === client) return;
    const kept = [...clients.filter((each) => each !== client), client].slice(-SOCKET_CLIENTS_MAX);
    for (const each of clients) if (!kept.includes(each)) this.#unbind(socket, each);
    socket.saveAttachment({ clients: kept });
    this.bindAll(socket);
  }

  /** Binds a socket to all clients in its attachment. */
  bindAll(socket: Socket): void {
    for (const client of socket.attachment.clients) {
      const sockets = this.#bound.get(client) ?? new Set();
      this.#bound.set(client, sockets.add(socket));
    }
  }

  remove(socket: Socket): void {
    for (const client of socket.attachment.clients) this.#unbind(socket, client);
    this.#outgoing.delete(socket);
  }

  /**
   * Sends each outcome of a slice to the sockets of its client that act for the same subject.
   *
   * @param deliver sends a socket the state, unless it has it: the state comes before the outcome [W10]
   */
  route(slice: Slice, problems: Readonly<Record<string, ProblemBody>>, deliver: (socket: Socket) => void): void {
    if (this.#bound.size === 0) return;
    const delivered = new Set<Socket>();
    for (const change of slice.changes) {
      for (const socket of this.#bound.get(change.client) ?? []) {
        if (socket.identity.kind !== 'known' || socket.identity.subject !== change.user) continue;
        if (!delivered.has(socket)) deliver(socket);
        delivered.add(socket);
        this.addOutcome(socket, ticketOf(change, problems[change.seq]));
      }
    }
  }

  addOutcome(socket: Socket, ticket: Ticket): void {
    this.#of(socket).outcomes.push(ticket);
  }

  addReceipt(socket: Socket, receipt: Receipt): void {
    this.#of(socket).receipts.push(receipt);
  }

  /** Collects what a turn brings: the socket gets it in one frame. */
  #of(socket: Socket): OutgoingOutcomes {
    const known = this.#outgoing.get(socket);
    if (known !== undefined) return known;
    if (this.#outgoing.size === 0) queueMicrotask(() => this.#flush());
    const outgoing: OutgoingOutcomes = { receipts: [], outcomes: [] };
    this.#outgoing.set(socket, outgoing);
    return outgoing;
  }

  #flush(): void {
    const outgoing = this.#outgoing;
    this.#outgoing = new Map();
    for (const [socket, { receipts, outcomes }] of outgoing) {
      if (receipts.length > 0) socket.send({ type: 'receipts', receipts });
      if (outcomes.length > 0) socket.send({ type: 'outcomes', outcomes });
    }
  }

  #unbind(socket: Socket, client: string): void {
    const sockets = this.#bound.get(client);
    sockets?.delete(socket);
    if (sockets?.size === 0) this.#bound.delete(client);
  }
}

/** The ticket of a change. A retry has the ticket of the rejected change, with its seq [O4]. */
const ticketOf = ({ client, n, seq, retries }: QueuedChange, rejection: ProblemBody | undefined): Ticket => ({
  client,
  n,
  seq: retries ?? seq,
  ...(rejection === undefined ? { status: 'applied', version: seq } : rejectedOutcome(rejection)),
});
