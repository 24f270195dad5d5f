import { DIRECTORY_MS_MAX } from '../../../protocol/access-limits.ts';
import { type ApplicationId, applicationName, applicationNamed } from '../../../protocol/ids.ts';
import { encodeOwner } from '../../../protocol/owners.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import { RECOVERY_AGE_MS_MAX, RECOVERY_CALL_MS_MAX, RECOVERY_END_MS } from '../../../protocol/recovery-limits.ts';
import type { Directory } from '../../directory/directory.ts';
import { describeError, log } from '../../logging/log.ts';
import { inTime, SilenceError } from '../../rpc/in-time.ts';
import type { MarkStep, PlatformPoint, RecoverAnswer, RecoveryMark } from '../../rpc/recovery.ts';
import { refuseSocket } from '../live/socket.ts';
import { nextEpoch } from '../state/creation.ts';
import { readApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import { lastEpochOf } from '../storage/last-epoch.ts';
import { isPublic } from '../storage/public-read.ts';
import { readRetained } from '../storage/retained-record.ts';
import { beginEpoch } from './begin-epoch.ts';
import { isRecoveryOn, type RecoveryEnvironment, refuseRecovery } from './setting.ts';

/** What a recovery needs of the object. */
export interface PlatformRecoveryParts {
  readonly host: DurableObjectState;
  readonly settings: RecoveryEnvironment;
  readonly database: Database;
  readonly directory: DurableObjectNamespace<Directory>;
}

/**
 * The platform's own way back to a moment of the last 30 days [L19]. The next instance begins with the whole database of
 * then, and cannot know it: so the owner's directory keeps a mark with a new epoch, and each instance asks for it before
 * it does anything else.
 */
export class PlatformRecovery {
  readonly #parts: PlatformRecoveryParts;
  #isEnding: boolean = false;
  /** Whether the platform may go back at the next start without having said so: what is accepted until then would be lost. */
  #isInDoubt: boolean = false;

  constructor(parts: PlatformRecoveryParts) {
    this.#parts = parts;
    if (!isRecoveryOn(parts.settings)) return;
    // When it fails, the platform ends this instance, and no call was answered.
    parts.host
      .blockConcurrencyWhile(() => this.#start())
      .catch((error: unknown) => this.#logLine('error', 'an instance could not begin', describeError(error)));
  }

  /** Whether this instance ends in a moment, and the next one is the recovered one. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Lets the next instance begin at a point of the past, and ends this one. Nothing has changed when it is refused for its point, the setting or the platform. */
  async recover(point: PlatformPoint, by: string): Promise<RecoverAnswer> {
    const refusal = refuseRecovery(this.#parts.settings) ?? this.#refusePoint(point);
    if (refusal !== undefined) return refused(refusal);
    this.#isEnding = true;
    const answer = await this.#prepare(point, by);
    this.#isEnding = answer.kind === 'begun' || this.#isInDoubt;
    if (this.#isEnding) setTimeout(() => this.#parts.host.abort('recovered by the platform'), RECOVERY_END_MS);
    return answer;
  }

  #refusePoint(point: PlatformPoint): Problem | undefined {
    if (this.#isEnding) return problem('unavailable', 'The application is being recovered.', { retryAfter: 1 });
    if (point.kind === 'bookmark') return undefined;
    const age = Date.now() - point.time;
    if (age >= 0 && age <= RECOVERY_AGE_MS_MAX) return undefined;
    return problem('invalid-restore', 'The time must be in the past, and no more than 30 days ago.');
  }

  async #prepare(point: PlatformPoint, by: string): Promise<RecoverAnswer> {
    const bookmark = await this.#bookmarkOf(point);
    if (bookmark === undefined)
      return refused(problem('recovery-unavailable', 'The platform here has no point-in-time recovery.'));
    const { storage } = this.#parts.host;
    const mark = this.#newMark(by);
    try {
      await this.#mark({ kind: 'set', mark });
    } catch (error) {
      return this.#failed(error, 'the mark of a recovery was not stored');
    }
    try {
      const undo = await inTime(storage.onNextSessionRestoreBookmark(bookmark), RECOVERY_CALL_MS_MAX);
      this.#logLine('info', 'the platform recovers an application', { by, undo });
      return { kind: 'begun', undo };
    } catch (error) {
      // The mark stays, as the platform may have heard it: without a recovery the next instance just begins an epoch.
      const isRefused = point.kind === 'bookmark' && !(error instanceof SilenceError);
      this.#isInDoubt = !isRefused;
      return this.#failed(error, 'the platform has refused a recovery', isRefused ? NOT_TAKEN : IN_DOUBT);
    }
  }

  #failed(error: unknown, message: string, reason = NOT_BEGUN): RecoverAnswer {
    this.#logLine('error', message, describeError(error));
    return refused(reason);
  }

  /** The bookmark of a point; undefined where the platform has none. Plain workerd rejects the question. */
  async #bookmarkOf(point: PlatformPoint): Promise<string | undefined> {
    const { storage } = this.#parts.host;
    const time = point.kind === 'time' ? point.time : Date.now();
    try {
      const found = await inTime(storage.getBookmarkForTime(time), RECOVERY_CALL_MS_MAX);
      return point.kind === 'time' ? found : point.bookmark;
    } catch (error) {
      this.#logLine('info', 'the platform has no recovery', describeError(error));
      return undefined;
    }
  }

  #newMark(by: string): RecoveryMark {
    const { database } = this.#parts;
    const at = Date.now();
    const known = [lastEpochOf(database), ...(readRetained(database)?.entries ?? []).map((e) => e.epoch)];
    const newest = known.reduce<string>((last, epoch) => (epoch !== undefined && epoch > last ? epoch : last), NONE);
    database.usage.budget.changes.use(1, at);
    const spent = database.usage.snapshot(1);
    return { epoch: nextEpoch(newest, at), isPublic: isPublic(database), spent, at, by };
  }

  /** Before anything is answered: begins the epoch of a recovery, if there is a mark. @throws when the directory is silent */
  async #start(): Promise<void> {
    const { host, database } = this.#parts;
    const named = this.#id;
    if (named === undefined) return;
    const mark = await this.#mark({ kind: 'read' });
    if (mark === undefined) return;
    if (beginEpoch(database, named, mark) === 'begun')
      for (const socket of host.getWebSockets()) refuseSocket(socket, RECOVERED);
    await host.storage.sync();
    // An instance that answers leaves no mark behind: one that came back would begin the same epoch twice.
    await this.#mark({ kind: 'clear', epoch: mark.epoch });
  }

  async #mark(step: MarkStep): Promise<RecoveryMark | undefined> {
    const id = this.#id;
    if (id === undefined) throw new Error('the platform does not tell the name of the application');
    const directory = this.#parts.directory.getByName(encodeOwner(id.owner));
    return inTime(directory.recoveryMark(id.app, step), DIRECTORY_MS_MAX);
  }

  /** After an eviction an alarm may not know the name. Where nothing is stored either, there is nothing to serve. */
  get #id(): ApplicationId | undefined {
    const { name } = this.#parts.host.id;
    if (name !== undefined) return applicationNamed(name);
    const row = readApplicationRow(this.#parts.database);
    return row === undefined ? undefined : applicationNamed(applicationName(row));
  }

  #logLine(level: 'info' | 'error', message: string, facts: object): void {
    log(level, message, { application: this.#parts.host.id.name ?? 'unknown', ...facts });
  }
}

const NOT_BEGUN = problem('unavailable', 'The recovery could not be begun. Send it again.', { retryAfter: 1 });
const NOT_TAKEN = problem('invalid-restore', 'The platform does not take this bookmark.');
/** Without a time to come back: a repeat would recover again, from what may be recovered already. */
const IN_DOUBT = problem('unavailable', 'Whether the recovery was begun is unknown: look at the application first.');

/** Earlier than every epoch. */
const NONE = '00000000';

const RECOVERED = problem('unavailable', 'The application was brought back to an earlier moment. Connect again.', {
  retryAfter: 1,
});

const refused = (reason: Problem): RecoverAnswer => ({ kind: 'refused', problem: reason });
