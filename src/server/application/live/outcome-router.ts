import type { Slice } from '../../../core/drain/drain-slice.ts';
import type { QueuedChange } from '../../../core/drain/reduce.ts';
import { SOCKET_CLIENTS_MAX } from '../../../protocol/limits.ts';
import type { ProblemBody } from '../../../protocol/problems.ts';
import type { Receipt, Ticket } from '../../../protocol/receipt.ts';
import { rejectedOutcome } from '../read/outcome.ts';
import type { Socket } from './socket.ts';

/** What a socket is to be told in one frame. */
interface OutgoingOutcomes {
  readonly receipts: Receipt[];
  readonly outcomes: Ticket[];
}

/** Tells sockets what became of the changes of the clients they push as [W10]. */
export class OutcomeRouter {
  readonly #bound = new Map<string, Set<Socket>>();
  #gathered = new Map<Socket, OutgoingOutcomes>();

  /** From now on the socket hears of this client. */
  bind(socket: Socket, client: string): void {
    const { clients } = socket.attachment;
    if (clients.at(-1) === client) return;
    const kept = [...clients.filter((each) => each !== client), client].slice(-SOCKET_CLIENTS_MAX);
    for (const each of clients) if (!kept.includes(each)) this.#unbind(socket, each);
    socket.saveAttachment({ clients: kept });
    this.bindAll(socket);
  }

  bindAll(socket: Socket): void {
    for (const client of socket.attachment.clients) {
      const sockets = this.#bound.get(client) ?? new Set();
      this.#bound.set(client, sockets.add(socket));
    }
  }

  remove(socket: Socket): void {
    for (const client of socket.attachment.clients) this.#unbind(socket, client);
    this.#gathered.delete(socket);
  }

  /**
   * Those of one slice, each to the sockets of its client, as long as they act for the same subject.
   *
   * @param tell tells a socket of the state, if it has not been told: that comes before the outcome [W10]
   */
  route(slice: Slice, problems: Readonly<Record<string, ProblemBody>>, tell: (socket: Socket) => void): void {
    if (this.#bound.size === 0) return;
    const told = new Set<Socket>();
    for (const change of slice.changes) {
      for (const socket of this.#bound.get(change.client) ?? []) {
        if (socket.identity.kind !== 'known' || socket.identity.subject !== change.user) continue;
        if (!told.has(socket)) tell(socket);
        told.add(socket);
        this.settled(socket, ticketOf(change, problems[change.seq]));
      }
    }
  }

  settled(socket: Socket, ticket: Ticket): void {
    this.#of(socket).outcomes.push(ticket);
  }

  queued(socket: Socket, receipt: Receipt): void {
    this.#of(socket).receipts.push(receipt);
  }

  /** One frame for all that a turn brings. */
  #of(socket: Socket): OutgoingOutcomes {
    const known = this.#gathered.get(socket);
    if (known !== undefined) return known;
    if (this.#gathered.size === 0) queueMicrotask(() => this.#flush());
    const gathered: OutgoingOutcomes = { receipts: [], outcomes: [] };
    this.#gathered.set(socket, gathered);
    return gathered;
  }

  #flush(): void {
    const all = this.#gathered;
    this.#gathered = new Map();
    for (const [socket, { receipts, outcomes }] of all) {
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

/** The ticket of a change; that of a rejected one which was tried again keeps its seq [O4]. */
const ticketOf = ({ client, n, seq, retries }: QueuedChange, refusal: ProblemBody | undefined): Ticket => ({
  ...{ client, n, seq: retries ?? seq },
  ...(refusal === undefined ? { status: 'applied', version: seq } : rejectedOutcome(refusal)),
});
