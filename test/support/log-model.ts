import { ANONYMOUS_CLIENT } from '../../src/protocol/ids.ts';
import type { Json, JsonObject } from '../../src/protocol/json.ts';
import type { Api } from './api.ts';

/** A change of the log, as far as the model looks at it. */
export interface LogEntry {
  readonly seq: number;
  readonly client: string;
  readonly n: number;
  readonly name: string;
  readonly args: JsonObject;
  readonly outcome: string;
}

export const wholeLog = async (api: Api): Promise<LogEntry[]> => {
  const entries: LogEntry[] = [];
  for (let next: number | undefined = 0; next !== undefined; ) {
    const { body } = await api.log(next);
    entries.push(...body.entries);
    next = body.next;
  }
  return entries;
};

/** The state at a version by the log alone, for merges of flat objects and restores to a version of this very log. */
export const stateBy = (log: readonly LogEntry[], version: number): Record<string, Json> => {
  let state: Record<string, Json> = {};
  for (const { name, args } of log.slice(0, version).filter(({ outcome }) => outcome === 'applied')) {
    if (name === 'merge') Object.assign(state, args);
    else state = stateBy(log, (args['version'] ?? (args['backup'] as JsonObject)['version']) as number);
  }
  return state;
};

/** What is wrong with a log by itself: each seq once and in order, no n twice, and no change twice. */
export const faultsIn = (log: readonly LogEntry[]): string[] => {
  const faults: string[] = [];
  const [numbers, keys] = [new Set<string>(), new Set<string>()];
  for (const [index, { seq, client, n, name, args }] of log.entries()) {
    if (seq !== index + 1) faults.push(`${seq} stands in place ${index + 1}`);
    if (client !== ANONYMOUS_CLIENT && numbers.has(`${client}/${n}`)) faults.push(`${client}/${n} is used twice`);
    numbers.add(`${client}/${n}`);
    const key = name === 'merge' ? String(args['last']) : `${name} ${seq}`;
    if (keys.has(key)) faults.push(`${key} is there twice`);
    keys.add(key);
  }
  return faults;
};
