import { listenToToken, showAccess } from './access.ts';
import { listenToBoxes, showBoxes } from './boxes.ts';
import { type Circle, circleOf } from './circle.ts';
import { listenToCopy, showCurlLine } from './curl-line.ts';
import { light, showDrawing } from './drawing.ts';
import { say } from './messages.ts';
import { showNumbers } from './numbers.ts';
import { pollTurn } from './poll.ts';
import { enqueue, pushTurn } from './push.ts';
import { repeat } from './repeat.ts';
import { keepSession, openSession } from './session.ts';

// The article's circle in one page: changes go out by PUT, the whole state comes back by polling, and neither waits
// for the other. The page shows what the last poll said and nothing else.

const show = (circle: Circle): void => {
  for (const part of [showBoxes, showNumbers, showDrawing, showAccess, showCurlLine]) part(circle);
};

const session = await openSession();
const circle: Circle = circleOf(session, { changed: () => show(circle), lit: light, said: say });
const wakePush = repeat(() => pushTurn(circle));
const wakePoll = repeat(() => pollTurn(circle));

/** What went wrong before may go well now. */
const tryAgain = (): void => {
  circle.push.reset();
  circle.poll.reset();
  wakePush();
  wakePoll();
};

listenToCopy();
listenToBoxes((name, args) => {
  enqueue(circle, { name, args, at: Date.now() });
  wakePush();
});
listenToToken((token) => {
  session.token = token;
  keepSession(session);
  tryAgain();
});
window.addEventListener('online', tryAgain);
// Browsers slow the timers of hidden pages down to one a minute.
document.addEventListener('visibilitychange', wakePoll);
show(circle);
