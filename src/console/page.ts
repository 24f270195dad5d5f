import { type Answer, send, traffic, useToken } from './http.ts';
import { type Polled, poll } from './poller.ts';
import { detailOf, Pusher } from './pusher.ts';
import { askForToken, type Boxes, buildBoxes, light, onClick, show, showBoxes, showCurl, showNumbers } from './view.ts';

// The article's circle, live: push with PUT, poll with a setTimeout tail recursion, show only what the poll says.

/** A change that this page waits to see in the state. */
interface Expected {
  readonly seq: number;
  readonly location: string;
  /** When it was pushed, by this page's own clock. */
  readonly begun: number;
}

const pusher = new Pusher();
const begun = performance.now();
let state: Boxes = { open: null, forced: null };
let expected: Expected[] = [];
let visibleAfter = '–';
let seenVersion = '';

const push = async (name: string, args: unknown): Promise<void> => {
  const start = performance.now();
  show('message', '');
  light('push');
  try {
    const { receipt, location } = await pusher.push(name, args);
    light('queue');
    expected.push({ seq: receipt.seq, location, begun: start });
  } catch (error) {
    show('message', (error as Error).message);
  }
};

/** What was pushed is in; its ticket tells whether it was taken or refused. */
const settle = async (version: number): Promise<void> => {
  const arrived = expected.filter(({ seq }) => seq <= version);
  expected = expected.filter(({ seq }) => seq > version);
  for (const { location, begun: start } of arrived) {
    visibleAfter = `${Math.round(performance.now() - start)} ms`;
    const { problem } = JSON.parse((await send('GET', location, {})).text) as { problem?: { detail: string } };
    if (problem !== undefined) show('message', `Refused: ${problem.detail}`);
  }
};

const numbersOf = ({ headers }: Answer, took: number): Record<string, string> => ({
  version: headers.get('Changebucket-Version') ?? '–',
  'head (last accepted)': headers.get('Changebucket-Head') ?? '–',
  'queue depth': headers.get('Changebucket-Queue') ?? '–',
  lag: `${headers.get('Changebucket-Lag') ?? '–'} ms`,
  etag: headers.get('ETag') ?? '–',
  'poll took': `${took.toFixed(1)} ms`,
  'push to visible': visibleAfter,
  'requests per second': (traffic.requests / ((performance.now() - begun) / 1_000)).toFixed(1),
  'bytes received': String(traffic.bytes),
});

const onPolled = ({ answer, took }: Polled): void => {
  light('poll');
  if (answer.status >= 400) {
    onTrouble(answer);
    return;
  }
  if (answer.status === 200) state = JSON.parse(answer.text) as Boxes;
  const version = answer.headers.get('Changebucket-Version') ?? '';
  if (version !== seenVersion) for (const station of ['drain', 'state']) light(station);
  seenVersion = version;
  show('version', version);
  show('queue', answer.headers.get('Changebucket-Queue') ?? '0');
  showBoxes(state);
  showNumbers(numbersOf(answer, took));
  void settle(Number(version));
};

const onTrouble = (answer: Answer): void => {
  show('message', detailOf(answer));
  if (answer.status === 401 || answer.status === 503) askForToken(restart);
  if (answer.status === 404) void create();
};

const restart = (token: string): void => {
  useToken(token);
  location.reload();
};

const create = (): Promise<Answer> => send('PUT', '', {}, { kind: 'info-boxes' });

buildBoxes((box) => void push(state.open === box ? 'close' : 'open', { box }));
onClick('warning', () => void (state.forced === null ? push('force', { box: '3' }) : push('release', {})));
showBoxes(state);
showCurl();
create()
  .catch(() => undefined)
  .finally(() => poll(onPolled, () => show('message', 'The server does not answer. Trying again …')));
