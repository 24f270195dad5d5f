import type { Definition } from '../../../core/definition.ts';
import { type ApplicationId, applicationName } from '../../../protocol/ids.ts';
import {
  BACKUP_LINE_BYTES_MAX,
  BACKUP_MS_MAX,
  IMPORT_BYTES_MAX,
  IMPORT_STALL_MS,
  IMPORT_SYNC_BYTES,
  REFUSED_IMPORT_BYTES_MAX,
} from '../../../protocol/limits.ts';
import { alreadyExists, type Problem, problem } from '../../../protocol/problems.ts';
import { newApplicationRow } from '../state/creation.ts';
import type { Database } from '../storage/database.ts';
import { lastEpochOf } from '../storage/last-epoch.ts';
import type { Segments } from '../storage/log.ts';
import { insertMigration } from '../storage/migration-rows.ts';
import { Staging } from '../storage/staging.ts';
import { ImportReader, type StagedBackup } from './import-reader.ts';
import { LineSplitter } from './lines.ts';

export interface ImporterOptions {
  readonly database: Database;
  readonly definitions: ReadonlyMap<string, Definition>;
  /** Resolves when everything written so far is durable. */
  readonly sync: () => Promise<void>;
  /** Reason why nothing may be written now; undefined when it may [C3]. */
  readonly refuseWrite: () => Problem | undefined;
  /** Runs the write that replaces the application's data, in one transaction. */
  readonly replace: (write: () => void) => void;
  /** The segments of the application; undefined when it does not exist. */
  readonly segments: () => Segments | undefined;
}

/** Facts about the application that an import makes. */
export interface ImportFacts {
  readonly application: ApplicationId;
  readonly user: string;
  /** Whether it may take the place of an application: `create` is refused where there is one. */
  readonly mode: 'replace' | 'create';
}

/** Uses a whole backup. @returns the refusal; then everything is as it was */
type UseBackup = (backup: StagedBackup, staging: Staging) => Problem | undefined | Promise<Problem | undefined>;

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** Imports backups, one at a time: reads and checks while it stages, and replaces the application at the end [L11]. */
export class Importer {
  readonly #options: ImporterOptions;
  #isRunning: boolean = false;
  /** Whether the application was deleted since the import began. */
  #isCanceled: boolean = false;

  constructor(options: ImporterOptions) {
    this.#options = options;
  }

  /** Makes the application of a backup. @returns the refusal; then everything is as it was */
  run(stream: ReadableStream<Uint8Array>, facts: ImportFacts): Promise<Problem | undefined> {
    return this.read(stream, facts.application, (backup, staging) => this.#adopt(staging, backup, facts));
  }

  /** Reads and checks a backup, and lets it be used. @returns the refusal */
  async read(
    stream: ReadableStream<Uint8Array>,
    application: ApplicationId,
    use: UseBackup,
  ): Promise<Problem | undefined> {
    const refusal = this.#refusal();
    const reader = stream.getReader();
    if (refusal !== undefined) return discard(reader, refusal);
    [this.#isRunning, this.#isCanceled] = [true, false];
    try {
      return await this.#read(reader, application, use);
    } finally {
      this.#isRunning = false;
    }
  }

  /** The one place where an import is refused before it is read. What it writes is charged to the budget [C3]. */
  #refusal(): Problem | undefined {
    if (this.#isRunning) return problem('unavailable', 'Another import is running.', { retryAfter: 5 });
    return this.#options.refuseWrite();
  }

  async #read(reader: Reader, id: ApplicationId, use: UseBackup): Promise<Problem | undefined> {
    const { database, definitions } = this.#options;
    const now = Date.now();
    // A new application has cost nothing yet. An existing one has just been loaded: its meter goes on.
    if (this.#options.segments() === undefined) database.usage.resume([]);
    const staging = new Staging(database);
    const application = applicationName(id);
    try {
      const backup = await this.#stage(reader, new ImportReader({ application, definitions, staging, now }));
      return 'name' in backup ? await discard(reader, backup) : await use(backup, staging);
    } finally {
      staging.drop();
    }
  }

  /** Ends a running import: call before the application and what is staged are deleted. */
  cancel(): void {
    this.#isCanceled = true;
  }

  async #stage(reader: Reader, backup: ImportReader): Promise<StagedBackup | Problem> {
    const lines = new LineSplitter();
    const deadline = Date.now() + BACKUP_MS_MAX;
    let [bytes, synced] = [0, 0];
    for (;;) {
      const step = await this.#next(reader, deadline);
      if ('name' in step) return step;
      if (step.done) break;
      bytes += step.value.length;
      if (bytes > IMPORT_BYTES_MAX) return tooLarge('backup', IMPORT_BYTES_MAX);
      const refusal = takeLines(backup, lines, step.value);
      if (refusal !== undefined) return refusal;
      if (bytes - synced < IMPORT_SYNC_BYTES) continue;
      synced = bytes;
      await this.#options.sync();
      if (this.#isCanceled) return CANCELED;
    }
    const rest = lines.rest();
    return (rest === undefined ? undefined : backup.line(rest)) ?? backup.finish();
  }

  /** @param deadline end of the import, ms since 1970 */
  async #next(reader: Reader, deadline: number): Promise<ReadableStreamReadResult<Uint8Array> | Problem> {
    const step = await readInTime(reader, Math.min(IMPORT_STALL_MS, deadline - Date.now()));
    if (this.#isCanceled) return CANCELED;
    return step ?? problem('invalid-import', 'The backup did not come in time, or was interrupted.');
  }

  #adopt(staging: Staging, backup: StagedBackup, { mode, ...facts }: ImportFacts): Problem | undefined {
    const { database, replace, segments } = this.#options;
    const now = Date.now();
    const { checkpoint, kind, definitionVersion, forgotten, migrations } = backup;
    const replaced = segments();
    if (replaced !== undefined && mode === 'create') return alreadyExists();
    // Another number: an older instance must not take this log, which may end alike, for the one that it has loaded [S10].
    const segment = replaced?.segment === 1 ? 2 : 1;
    const created = newApplicationRow({ ...facts, kind, definitionVersion, now }, lastEpochOf(database));
    // As one change: its rows are counted like those of any other.
    database.usage.budget.changes.use(1, now);
    replace(() => {
      for (const migration of migrations) insertMigration(database, created.epoch, migration, 0);
      staging.adopt(replaced, { ...created, oldest: segment, segment, forgotten }, checkpoint);
    });
    return undefined;
  }
}

const CANCELED = problem('unavailable', 'The application was deleted during the import, which ended with it.', {
  retryAfter: 1,
});

const takeLines = (backup: ImportReader, lines: LineSplitter, bytes: Uint8Array): Problem | undefined => {
  for (const line of lines.split(bytes)) {
    const refusal = backup.line(line);
    if (refusal !== undefined) return refusal;
  }
  return lines.isTooLong ? tooLarge('line of the backup', BACKUP_LINE_BYTES_MAX) : undefined;
};

/** Undefined when the stream failed, or nothing came in time. */
const readInTime = async (reader: Reader, ms: number): Promise<ReadableStreamReadResult<Uint8Array> | undefined> => {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.max(0, ms));
  });
  const step = await Promise.race([reader.read().catch(() => undefined), late]);
  clearTimeout(timer);
  return step;
};

/** Reads on for a while, so that the sender reads the answer and not a broken connection. */
const discard = async (reader: Reader, refusal: Problem): Promise<Problem> => {
  for (let bytes = 0; bytes < REFUSED_IMPORT_BYTES_MAX; ) {
    const step = await readInTime(reader, IMPORT_STALL_MS);
    if (step === undefined || step.done) return refusal;
    bytes += step.value.length;
  }
  // Not awaited: the sender decides when a canceled stream ends.
  void reader.cancel().catch(() => undefined);
  return refusal;
};

const tooLarge = (subject: string, limit: number): Problem =>
  problem('too-large', `The ${subject} has more than ${limit} bytes.`, { limit });
