import { PRICES } from '../../core/prices.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { type Month, monthOn, naiveMonth, type Scenario, TRANSPORTS } from '../cost/estimate.ts';

const HELP = `Estimates the monthly cost of a deployment.

Usage: npx changebucket cost --clients 10000 --changes-per-minute 6 --transport socket

  --clients             number of connected clients (default 1000)
  --per-application     clients that share one application (default 10)
  --changes-per-minute  changes that each client makes in a minute (default 1)
  --hours-per-day       hours that each client is connected (default 24)
  --state-kb            size of the state of one application, in kB (default 10)
  --transport           compare only this transport with the naive design: ${TRANSPORTS.join(', ')}
                        (default: all of them)
  --json                usage and dollars of each, as one line of JSON
`;

const OPTIONS = {
  clients: { type: 'string', default: '1000' },
  'per-application': { type: 'string', default: '10' },
  'changes-per-minute': { type: 'string', default: '1' },
  'hours-per-day': { type: 'string', default: '24' },
  'state-kb': { type: 'string', default: '10' },
  transport: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

const run = (args: readonly string[]): void => {
  const { values } = readArguments(args, OPTIONS);
  const scenario: Scenario = {
    clients: amount('clients', values.clients, 1),
    perApplication: amount('per-application', values['per-application'], 1),
    changesPerMinute: amount('changes-per-minute', values['changes-per-minute'], 0),
    hoursPerDay: amount('hours-per-day', values['hours-per-day'], 0),
    stateBytes: amount('state-kb', values['state-kb'], 0) * 1_000,
  };
  const transports = transportsOf(values.transport);
  console.log(values.json ? JSON.stringify(months(scenario, transports)) : table(scenario, transports));
};

/** Estimates the monthly cost of a deployment, from the counted cost of each operation and Cloudflare's prices. */
export const cost: Command = { summary: 'estimate what a deployment costs in a month', help: HELP, run };

const months = (scenario: Scenario, transports: readonly (typeof TRANSPORTS)[number][]): object => ({
  ...Object.fromEntries(transports.map((transport) => [transport, monthOn(transport, scenario)])),
  naive: naiveMonth(scenario),
  prices: { name: PRICES.name, date: PRICES.date },
});

const amount = (name: string, text: string, min: number): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < min)
    throw new CommandError('usage', `--${name} must be a number of at least ${min}`);
  return value;
};

const transportsOf = (name: string | undefined): readonly (typeof TRANSPORTS)[number][] => {
  const chosen = TRANSPORTS.filter((each) => name === undefined || each === name);
  if (chosen.length === 0) throw new CommandError('usage', `--transport must be one of ${TRANSPORTS.join(', ')}`);
  return chosen;
};

const table = (scenario: Scenario, transports: readonly (typeof TRANSPORTS)[number][]): string => {
  const { clients, perApplication, changesPerMinute, hoursPerDay, stateBytes } = scenario;
  const naive = naiveMonth(scenario);
  const rows = [
    ...transports.map((transport) => row(transport, monthOn(transport, scenario), naive)),
    row('naive', naive, naive),
  ];
  return `${count(clients)} clients, ${count(perApplication)} to an application of ${count(stateBytes / 1_000)} kB, \
${count(changesPerMinute)} changes a minute each, ${count(hoursPerDay)} hours a day, 30 days

${line('', 'Worker requests', 'object requests', 'rows written', 'hours awake', '$ a month', 'of naive', '$ with logs')}
${rows.join('\n')}

naive: the whole state is stored with each change and polled four times a second, on the same platform.
with logs: the same with invocation_logs on, which is an event for each request to Worker and object.
Prices: ${PRICES.name}, ${PRICES.date}. Requests and rows are counted on workerd (src/cli/cost/operations.ts).
`;
};

const row = (name: string, { usage, dollars, invocationLogDollars }: Month, naive: Month): string => {
  const withLogs = (dollars + invocationLogDollars).toFixed(2);
  const { workerRequests, objectRequests, rowsWritten, awakeMs } = usage;
  const counts = [workerRequests, objectRequests, rowsWritten, awakeMs / 3_600_000].map(count);
  return line(name, ...counts, dollars.toFixed(2), `${((100 * dollars) / naive.dollars).toFixed(1)} %`, withLogs);
};

const line = (name: string, ...cells: readonly string[]): string =>
  name.padEnd(10) + cells.map((cell) => cell.padStart(17)).join('');

const count = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 1 : 0 });
