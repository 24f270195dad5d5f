import type { Ticket } from '../protocol/receipt.ts';
import { jsonOf } from './call.ts';
import { describe } from './change-words.ts';
import type { Circle, Queued, Seen } from './circle.ts';
import { mayPass, problemOf } from './problem.ts';

/** Asks what became of every change that the shown state has passed [O1]. */
export const askTickets = async (circle: Circle, seen: Seen): Promise<void> => {
  const due = circle.queued.filter((queued) => isPassed(queued, seen));
  circle.queued = circle.queued.filter((queued) => !due.includes(queued));
  for (const { at } of due) circle.visibleMs = Date.now() - at;
  await Promise.all(due.map((queued) => ask(circle, queued)));
};

/** `seq <= version` means "mine is in"; in another epoch the numbers say nothing, and only the ticket knows. */
const isPassed = ({ seq, epoch }: Queued, seen: Seen): boolean =>
  seq <= seen.version || (epoch !== undefined && epoch !== seen.epoch);

const ask = async (circle: Circle, queued: Queued): Promise<void> => {
  const answer = await circle.call(queued.ticket);
  const { status, ...ticket } = jsonOf<Ticket>(answer);
  const problem = answer.status === 200 ? 'problem' in ticket && ticket.problem : problemOf(answer);
  if (status === 'queued' || (problem && mayPass(problem))) {
    // After the next poll, by the epoch that is known now.
    circle.queued = [...circle.queued, { ...queued, epoch: circle.seen?.epoch }];
  } else if (problem) {
    circle.said(`${describe(queued)} was refused as number ${queued.seq}: ${problem.detail}`);
  }
};
