import { createHash } from 'node:crypto';
import * as v from 'valibot';
import type { Definition } from '../../../core/definition.ts';
import { readJson } from '../../../core/json/json-text.ts';
import type { Json } from '../../../protocol/json.ts';
import { DEPTH_MAX } from '../../../protocol/limits.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import type { MigrationRow } from '../storage/migration-rows.ts';
import type { Header as CheckpointHeader } from '../storage/segment.ts';
import type { Staging } from '../storage/staging.ts';
import { EndLine, Header } from './format.ts';
import { ImportContent } from './import-content.ts';

/** A whole and valid backup, staged. */
export interface StagedBackup {
  readonly kind: string;
  readonly definitionVersion: number;
  readonly version: number;
  /** The state of that version. */
  readonly state: Json;
  readonly forgotten: number;
  readonly migrations: readonly MigrationRow[];
  readonly checkpoint: CheckpointHeader;
}

/** Levels of a line around a value of a change or of the state. */
const LEVELS_AROUND = 8;

export interface ImportReaderOptions {
  /** The name of the application, for log lines. */
  readonly application: string;
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly staging: Staging;
  /** Time of the import, ms since 1970. */
  readonly now: number;
}

/**
 * Reads a backup line by line, and stages what it reads. The first line that does not fit refuses the whole backup: what
 * has passed can be loaded, and applies what is queued in it [L10].
 */
export class ImportReader {
  readonly #options: ImportReaderOptions;
  readonly #hash = createHash('sha256');
  /** Number of lines read. */
  #lines = 0;
  #header: Header | undefined;
  #content: ImportContent | undefined;
  #hasEnded: boolean = false;

  constructor(options: ImportReaderOptions) {
    this.#options = options;
  }

  /** Takes the next line. @returns the refusal, when it does not fit */
  line(bytes: Uint8Array): Problem | undefined {
    const refusal = this.#lines === 0 ? this.#readHeader(bytes) : this.#readLine(bytes);
    if (!this.#hasEnded) this.#hash.update(bytes).update('\n');
    this.#lines += 1;
    return typeof refusal === 'string' ? invalid(this.#lines, refusal) : refusal;
  }

  /** The backup, when all of it has come. */
  finish(): StagedBackup | Problem {
    const [header, content] = [this.#header, this.#content];
    if (header === undefined || content === undefined) return problem('invalid-import', 'The backup has no state.');
    if (header.formatVersion === 2 && !this.#hasEnded)
      return problem('invalid-import', 'The last line is missing: the backup was cut.');
    const checkpoint = content.finish();
    if (typeof checkpoint === 'string') return problem('invalid-import', checkpoint);
    if ('name' in checkpoint) return checkpoint;
    const { kind, definitionVersion, version } = header;
    const [forgotten, migrations = []] = header.formatVersion === 2 ? [header.forgotten, header.migrations] : [0];
    return { kind, definitionVersion, version, state: content.state, forgotten, migrations, checkpoint };
  }

  #readHeader(bytes: Uint8Array): Problem | string | undefined {
    const text = textOf(bytes);
    if (text === undefined) return INVALID_UTF8;
    const read = v.safeParse(Header, headerValue(text), { abortEarly: true });
    if (!read.success) return read.issues[0].message;
    const { kind, definitionVersion } = read.output;
    const definition = this.#options.definitions.get(kind);
    if (definition === undefined) return problem('unknown-kind', `This deployment has no kind ${kind.slice(0, 60)}.`);
    if (definitionVersion > definition.version)
      return `The state is of definition version ${definitionVersion}, this deployment's of ${definition.version}.`;
    this.#header = read.output;
    return undefined;
  }

  #readLine(bytes: Uint8Array): Problem | string | undefined {
    if (this.#hasEnded) return 'Something comes after the last line.';
    const text = textOf(bytes);
    if (text === undefined) return INVALID_UTF8;
    // The state is as deep as a state may be; in other lines it stands deeper.
    const levels = this.#lines === 1 ? DEPTH_MAX : DEPTH_MAX + LEVELS_AROUND;
    const read = readJson(text, levels);
    if (read.kind === 'problem') return read.problem.detail;
    if (this.#lines === 1) return this.#readState(read.value);
    const end = this.#header?.formatVersion === 2 ? v.safeParse(EndLine, read.value) : undefined;
    return end?.success ? this.#readEnd(end.output.end) : this.#content?.line(read.value);
  }

  #readState(state: Json): Problem | string | undefined {
    const { application, definitions, staging, now } = this.#options;
    const header = this.#header;
    const definition = definitions.get(header?.kind ?? '');
    if (header === undefined || definition === undefined) return 'The header is missing.';
    this.#content = new ImportContent({ application, header, definition, staging, now, state });
    return this.#content.headerIssue;
  }

  #readEnd({ lines, sha256 }: v.InferOutput<typeof EndLine>['end']): string | undefined {
    this.#hasEnded = true;
    if (lines !== this.#lines) return `The backup had ${lines} lines before this one: it was changed or cut.`;
    return sha256 === this.#hash.digest('hex') ? undefined : 'The hash does not fit the lines: the backup was changed.';
  }
}

const INVALID_UTF8 = problem('invalid-utf8', 'The body is not valid UTF-8.');

const invalid = (line: number, detail: string): Problem =>
  problem('invalid-import', `Line ${line}: ${detail}`, { index: line - 1 });

/** A byte order mark is kept, so that the JSON parser refuses it. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
};

/** Undefined for a line that is not valid JSON by the rules J1 to J7. */
const headerValue = (text: string): Json | undefined => {
  const read = readJson(text);
  return read.kind === 'json' ? read.value : undefined;
};
