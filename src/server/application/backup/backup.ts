import * as v from 'valibot';
import type { Definition } from '../../../core/definition.ts';
import type { ClientCounter } from '../../../core/drain/sequence.ts';
import { readJson } from '../../../core/json/json-text.ts';
import { Tree } from '../../../core/state/tree.ts';
import type { Json } from '../../../protocol/json.ts';
import { CLIENTS_MAX, REJECTIONS_MAX, STATE_BYTES_MAX } from '../../../protocol/limits.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import type { InitialState } from '../state/creation.ts';
import { type LoadedState, stateJson } from '../state/loaded-state.ts';
import type { Database } from '../storage/database.ts';
import { allRejections, type Rejection } from '../storage/rejections.ts';

/** The first line of every backup. */
const FORMAT = 'changebucket-backup';

/** The application as NDJSON: a header, the state itself, then a line for each client and rejection [L6]. */
export const exportBackup = (database: Database, loaded: LoadedState): string => {
  const { row, version } = loaded;
  const header = {
    format: FORMAT,
    formatVersion: 1,
    kind: row.kind,
    definitionVersion: row.definitionVersion,
    version,
  };
  const clients = [...loaded.clientCounters].map(([client, { n, seq, user }]) =>
    JSON.stringify({ client, n, seq, user }),
  );
  const rejections = allRejections(database).map((rejection) => JSON.stringify({ rejection: toLine(rejection) }));
  return [JSON.stringify(header), stateJson(loaded), ...clients, ...rejections, ''].join('\n');
};

/** A rejection in a line of a backup, where its status is called `fate`. */
type RejectionInLine = Omit<Rejection, 'status'> & { readonly fate: Rejection['status'] };

const toLine = ({ status: fate, ...rest }: Rejection): RejectionInLine => ({ ...rest, fate });
const fromLine = ({ fate: status, ...rest }: RejectionInLine): Rejection => ({ ...rest, status });

/** A backup that has been read completely and is valid. */
export interface Backup
  extends Pick<InitialState, 'kind' | 'definitionVersion' | 'version' | 'state' | 'clientCounters'> {
  readonly rejections: readonly Rejection[];
}

const counter = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Header = v.object({
  format: v.literal(FORMAT),
  formatVersion: v.literal(1),
  kind: v.string(),
  definitionVersion: v.pipe(counter, v.minValue(1)),
  version: counter,
});
const ClientLine = v.strictObject({
  client: v.pipe(v.string(), v.regex(/^~?[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/)),
  n: v.pipe(counter, v.minValue(1)),
  seq: v.pipe(counter, v.minValue(1)),
  user: v.pipe(v.string(), v.maxLength(256)),
});
const ProblemShape = v.looseObject({ type: v.string(), title: v.string(), status: v.number(), detail: v.string() });
const RejectionLine = v.strictObject({
  rejection: v.object({
    change: v.looseObject({
      seq: counter,
      client: v.string(),
      n: counter,
      user: v.string(),
      at: counter,
      name: v.string(),
      args: v.unknown(),
    }),
    at: counter,
    problem: ProblemShape,
    fate: v.picklist(['listed', 'retrying', 'applied', 'discarded']),
    retry: v.optional(counter),
  }),
});

/** Reads a backup line by line. The first invalid line refuses the whole backup. */
export const readBackup = (text: string, definitions: ReadonlyMap<string, Definition>): Backup | Problem => {
  const [first = '', second = '', ...rest] = text.replace(/\n$/, '').split('\n');
  const header = v.safeParse(Header, tryReadJson(first));
  const state = readJson(second);
  if (!header.success) return invalid(1, header.issues[0].message);
  if (state.kind !== 'json') return invalid(2, state.problem.detail);
  const { kind, definitionVersion, version } = header.output;
  const definition = definitions.get(kind);
  if (definition === undefined) return problem('unknown-kind', `This deployment has no kind ${kind.slice(0, 60)}.`);
  // A state of another definition version is checked when it is migrated.
  const reason = definition.version === definitionVersion ? definition.checkState(state.value) : undefined;
  if (reason !== undefined) return invalid(2, reason);
  const refusal = refuseTooLarge(state.value);
  if (refusal !== undefined) return refusal;
  const lines = readLines(rest, version);
  return 'name' in lines ? lines : { ...lines, kind, definitionVersion, version, state: JSON.stringify(state.value) };
};

type Lines = Pick<Backup, 'clientCounters' | 'rejections'>;

const readLines = (lines: readonly string[], version: number): Lines | Problem => {
  const clientCounters = new Map<string, ClientCounter>();
  const rejections: Rejection[] = [];
  const Line = v.union([ClientLine, RejectionLine]);
  for (const [index, line] of lines.entries()) {
    const value = tryReadJson(line);
    const { success, output, issues } = v.safeParse(Line, value);
    if (!success) return invalid(index + 3, issues[0].message);
    if ('client' in output)
      clientCounters.set(output.client, { n: output.n, seq: Math.min(output.seq, version), user: output.user });
    else rejections.push(fromLine((value as { rejection: RejectionInLine }).rejection));
  }
  if (clientCounters.size > CLIENTS_MAX) return problem('invalid-import', 'Too many clients.', { limit: CLIENTS_MAX });
  if (rejections.length > REJECTIONS_MAX)
    return problem('invalid-import', 'Too many rejections.', { limit: REJECTIONS_MAX });
  return { clientCounters, rejections };
};

const refuseTooLarge = (state: Json): Problem | undefined => {
  const size = new Tree(state).bytes;
  if (size <= STATE_BYTES_MAX) return undefined;
  return problem('state-too-large', 'The state is too large.', { size, limit: STATE_BYTES_MAX });
};

/** Undefined for a text that is not valid JSON by the rules J1 to J7. */
const tryReadJson = (line: string): unknown => {
  const read = readJson(line);
  return read.kind === 'json' ? read.value : undefined;
};

const invalid = (line: number, detail: string): Problem =>
  problem('invalid-import', `Line ${line}: ${detail}`, { index: line - 1 });
