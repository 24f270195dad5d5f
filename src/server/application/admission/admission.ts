import { LruCache } from '../../../core/limits/lru-cache.ts';
import {
  ADMISSION_LEFT_MS_MIN,
  ADMISSION_MISSING_MS,
  ADMISSION_MS,
  ADMISSIONS_CACHED_MAX,
  DIRECTORY_MS_MAX,
  ROLE_NOTED_MS,
} from '../../../protocol/access-limits.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import { NO_TOKEN } from '../../access/authenticate.ts';
import { passOf, type SocketIdentity } from '../../access/socket-identity.ts';
import { currentRequest } from '../../logging/current-request.ts';
import { describeError, log } from '../../logging/log.ts';
import { inTime } from '../../rpc/in-time.ts';
import { type Pass, PUBLIC_PASS, parsePass } from '../../rpc/pass.ts';
import type { SubjectUse } from '../../rpc/subjects.ts';
import { epochTime } from '../state/creation.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { StateListener } from '../state/state-listener.ts';
import { Admissions, type StoredAdmission } from '../storage/admissions.ts';
import type { Database } from '../storage/database.ts';
import { isPublic, setPublic } from '../storage/public-read.ts';
import { revokedToken } from './revoked-token.ts';

export interface AdmissionParts {
  readonly database: Database;
  /** `owner/app`. Never throws. */
  readonly name: () => string;
  /** Notes a use with the subject's directory. @returns the time before which tokens are revoked, seconds since 1970 */
  readonly ask: (subject: string, use: SubjectUse) => Promise<number>;
  /** Ends what requests without a token, or with one that was issued before a time, have opened. */
  readonly readers: Readers;
  /** The same without a note, for an application that does not exist. */
  readonly askOnly: (subject: string) => Promise<number>;
}

/** The readers that are let in once and stay. */
export interface Readers {
  /** The subjects and tokens of all sockets, each once. */
  identities(): readonly SocketIdentity[];
  /** @param before seconds since 1970 */
  endRevoked(subject: string, before: number): void;
  endStrangers(): void;
}

/** What is known of a subject. */
interface Known extends StoredAdmission {
  /** The token that was admitted last: the same one needs no second look. */
  pass?: string;
  /** Whether the application did not exist when the directory was asked. */
  readonly isMissing?: true;
}

interface Question {
  /** The newest revocation that was told meanwhile. */
  revokedBefore: number;
  readonly answer: Promise<Known | Problem>;
}

/**
 * Lets the tokens of a subject in, unless they are revoked [A12] [A13]. Its directory is asked once a day, when the
 * subject uses the application for the first time, and tells of every revocation from then on. So an ordinary request
 * costs neither a call nor a row.
 */
export class Admission implements StateListener {
  readonly size = 0;
  readonly #parts: AdmissionParts;
  readonly #stored: Admissions;
  readonly #known = new LruCache<string, Known>(ADMISSIONS_CACHED_MAX);
  /** Questions that are not answered yet. */
  readonly #asking = new Map<string, Question>();
  #generation = newGeneration();
  /** The start of this instance, ms since 1970. */
  readonly #begunAt = Date.now();
  /** The epoch at whose beginning the directories were told of open sockets. */
  #epoch: string | undefined;
  /** Undefined before it was looked up. */
  #isPublic: boolean | undefined;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
    this.#stored = new Admissions(parts.database);
  }

  /** Changes with each revocation: what was admitted in this one is still good. Never 0. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * The reason why a token is refused; undefined when it is let in. Synchronous for a token that was let in before.
   *
   * @param pass undefined for the deployment itself, under open access, and where an older Worker calls
   * @param form `socket` when it is to be told of revocations until the token expires
   */
  check(
    subject: string,
    pass: string | undefined,
    form: 'request' | 'socket' = 'request',
  ): Problem | undefined | Promise<Problem | undefined> {
    if (pass === undefined) return undefined;
    if (pass === PUBLIC_PASS) return this.#checkPublic();
    const now = Date.now();
    const known = this.#known.get(subject);
    if (form === 'request' && known?.pass === pass && now < known.until - ADMISSION_LEFT_MS_MIN) return undefined;
    return this.#examine(subject, pass, form === 'socket' ? parsePass(pass).expires * 1_000 : 0);
  }

  /** Opens the application to everybody, or closes it and ends what strangers have opened [A15]. */
  setPublic(value: boolean): void {
    setPublic(this.#parts.database, value);
    this.#isPublic = value;
    if (value) return;
    this.#generation = newGeneration();
    this.#parts.readers.endStrangers();
  }

  /** Sockets may be open since before there was an application: then no directory has been told of them. */
  onCommit({ row: { epoch } }: { readonly row: Pick<LoadedState['row'], 'epoch'> }): void {
    if (epoch === this.#epoch || epochTime(epoch) < this.#begunAt) return;
    this.#epoch = epoch;
    void this.#tellOfSockets();
  }

  /** To be called when an application has come back: whether it is public is looked up again. */
  onUndeleted(): void {
    this.#isPublic = undefined;
  }

  onDeleted(): void {
    this.#isPublic = undefined;
    this.#generation = newGeneration();
  }

  /** Revokes tokens, and ends what they have opened. Afterwards none of them is let in. */
  revoke(subject: string, before: number): void {
    this.#generation = newGeneration();
    const asking = this.#asking.get(subject);
    if (asking !== undefined) asking.revokedBefore = Math.max(asking.revokedBefore, before);
    const known = this.#known.get(subject);
    if (known !== undefined) {
      const { pass: _, ...rest } = known;
      this.#known.set(subject, { ...rest, revokedBefore: Math.max(known.revokedBefore, before) });
    }
    this.#stored.revoke(subject, before);
    this.#parts.readers.endRevoked(subject, before);
  }

  /** Ends those that are not let in now. One after another: there may be more than an object may call at once. Never rejects. */
  async #tellOfSockets(): Promise<void> {
    const { readers, name } = this.#parts;
    try {
      for (const identity of readers.identities()) {
        const refusal = await this.check(identity.subject, passOf(identity), 'socket');
        if (refusal !== undefined && !identity.isStranger)
          readers.endRevoked(identity.subject, Number.POSITIVE_INFINITY);
      }
    } catch (error) {
      log('error', 'the sockets of a new application could not be let in', {
        application: name(),
        ...describeError(error),
      });
    }
  }

  /** The same refusal as where there is no such application [A3]. */
  #checkPublic(): Problem | undefined {
    this.#isPublic ??= isPublic(this.#parts.database);
    return this.#isPublic ? undefined : problem('unauthorized', NO_TOKEN);
  }

  /** @param lastsUntil the time until which it must be told of revocations, ms since 1970 */
  async #examine(subject: string, pass: string, lastsUntil: number): Promise<Problem | undefined> {
    const token = parsePass(pass);
    const before = this.#known.get(subject) ?? this.#stored.find(subject);
    const isGood = before !== undefined && this.#isEnough(before, token, lastsUntil);
    const known = isGood ? before : await this.#askOnce(subject, token, lastsUntil);
    if ('name' in known) return known as Problem;
    if (token.issuedAt < known.revokedBefore) return revokedToken();
    this.#known.set(subject, { ...known, pass });
    return undefined;
  }

  /** Whether what is known will do for a token, without a question to the directory. */
  #isEnough(known: Known, { role }: Pass, lastsUntil: number): boolean {
    const now = Date.now();
    // Created meanwhile, it is to be told of revocations.
    if (known.isMissing) return now < known.until && !this.#stored.canStore;
    const isLongEnough = known.until >= Math.max(now + ADMISSION_LEFT_MS_MIN, lastsUntil);
    return isLongEnough && (known.role === role || now - known.requestedAt < ROLE_NOTED_MS);
  }

  async #askOnce(subject: string, token: Pass, lastsUntil: number): Promise<Known | Problem> {
    const { answer } = this.#asking.get(subject) ?? this.#begin(subject, token, lastsUntil);
    const known = await answer;
    // The question may have been asked for a token that ends earlier.
    return 'name' in known || known.isMissing || known.until >= lastsUntil
      ? known
      : this.#begin(subject, token, lastsUntil).answer;
  }

  #begin(subject: string, token: Pass, lastsUntil: number): Question {
    const asking: Question = {
      revokedBefore: 0,
      answer: this.#ask(subject, token, lastsUntil, () => asking.revokedBefore),
    };
    this.#asking.set(subject, asking);
    void asking.answer.finally(() => {
      if (this.#asking.get(subject) === asking) this.#asking.delete(subject);
    });
    return asking;
  }

  async #ask(
    subject: string,
    { role }: Pass,
    lastsUntil: number,
    revokedMeanwhile: () => number,
  ): Promise<Known | Problem> {
    const { name, ask, askOnly } = this.#parts;
    const [requestedAt, request] = [Date.now(), currentRequest()];
    const until = Math.max(requestedAt + ADMISSION_MS, lastsUntil + ADMISSION_LEFT_MS_MIN);
    try {
      const isMissing = !this.#stored.canStore;
      const question = isMissing ? askOnly(subject) : ask(subject, { application: name(), role, until });
      const answer = await inTime(question, DIRECTORY_MS_MAX);
      const revokedBefore = Math.max(answer, revokedMeanwhile());
      if (isMissing) return { role, revokedBefore, until: requestedAt + ADMISSION_MISSING_MS, requestedAt, isMissing };
      const admission = { role, revokedBefore, until, requestedAt };
      this.#stored.store(subject, admission);
      return admission;
    } catch (error) {
      log('error', 'a subject could not be let in', { application: name(), request, ...describeError(error) });
      return problem('unavailable', 'Whether the token was revoked cannot be found out now.', { retryAfter: 1 });
    }
  }
}

const newGeneration = (): number => 1 + (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0);
