import { parseArgs } from 'node:util';
import { PRICES } from '../core/prices.ts';
import { type Month, monthOn, naiveMonth, type Scenario, TRANSPORTS } from './cost/estimate.ts';

// Estimates the monthly cost of a deployment, from the counted cost of each operation and Cloudflare's prices.

const HELP = `Estimates the monthly cost of a deployment.

Usage: npm run cost -- --clients 10000 --changes-per-minute 6 --transport socket

  --clients             number of connected clients (default 1000)
  --per-application     clients that share one application (default 10)
  --changes-per-minute  changes that each client makes in a minute (default 1)
  --hours-per-day       hours that each client is connected (default 24)
  --state-kb            size of the state of one application, in kB (default 10)
  --transport           compare only this transport with the naive design: ${TRANSPORTS.join(', ')}
                        (default: all of them)
`;

const main = (): void => {
  const { values } = parseArgs({
    options: {
      clients: { type: 'string', default: '1000' },
      'per-application': { type: 'string', default: '10' },
      'changes-per-minute': { type: 'string', default: '1' },
      'hours-per-day': { type: 'string', default: '24' },
      'state-kb': { type: 'string', default: '10' },
      transport: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const scenario: Scenario = {
    clients: amount('clients', values.clients, 1),
    perApplication: amount('per-application', values['per-application'], 1),
    changesPerMinute: amount('changes-per-minute', values['changes-per-minute'], 0),
    hoursPerDay: amount('hours-per-day', values['hours-per-day'], 0),
    stateBytes: amount('state-kb', values['state-kb'], 0) * 1_000,
  };
  console.log(table(scenario, transportsOf(values.transport)));
};

const amount = (name: string, text: string, min: number): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < min)
    throw new Error(`--${name} must be a number of at least ${min}, not "${text}"`);
  return value;
};

const transportsOf = (name: string | undefined): readonly (typeof TRANSPORTS)[number][] => {
  const chosen = TRANSPORTS.filter((each) => name === undefined || each === name);
  if (chosen.length === 0) throw new Error(`--transport must be one of ${TRANSPORTS.join(', ')}`);
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

${line('', 'Worker requests', 'object requests', 'rows written', 'hours awake', '$ a month', 'of naive')}
${rows.join('\n')}

naive: the whole state is stored with each change and polled four times a second, on the same platform.
Prices: ${PRICES.name}, ${PRICES.date}. Requests and rows are counted on workerd (src/cli/cost/operations.ts).
`;
};

const row = (name: string, { usage, dollars }: Month, naive: Month): string => {
  const { workerRequests, objectRequests, rowsWritten, awakeMs } = usage;
  const counts = [workerRequests, objectRequests, rowsWritten, awakeMs / 3_600_000].map(count);
  return line(name, ...counts, dollars.toFixed(2), `${((100 * dollars) / naive.dollars).toFixed(1)} %`);
};

const line = (name: string, ...cells: readonly string[]): string =>
  name.padEnd(10) + cells.map((cell) => cell.padStart(17)).join('');

const count = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 1 : 0 });

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
