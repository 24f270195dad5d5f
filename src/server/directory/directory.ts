import { DurableObject } from 'cloudflare:workers';
import type { DeletedApplication, ListedApplication } from '../../protocol/answers.ts';
import type { BackupPage } from '../../protocol/backup-answers.ts';
import type {
  AuditEntry,
  AuditedRead,
  AuditedUse,
  AuditPage,
  CountedReads,
  Revoked,
  SharedApplication,
} from '../../protocol/operator-answers.ts';
import { parseOwner } from '../../protocol/owners.ts';
import type { Problem } from '../../protocol/problems.ts';
import type { BackupJob } from '../backups/backup-job.ts';
import type { AuditApi } from '../rpc/audit.ts';
import type { BackupStatus, BackupsApi } from '../rpc/backups.ts';
import type { DirectoryApi } from '../rpc/messages.ts';
import { type NumberedSummary, withOwner } from '../rpc/numbers.ts';
import type { MarkStep, RecoveryMark, RecoveryMarksApi } from '../rpc/recovery.ts';
import {
  type OwnerReport,
  REGISTRY_NAME,
  type RegisteredOwner,
  type RegistryApi,
  type RegistryNumbers,
} from '../rpc/registry.ts';
import type { RetainedApi, RetainedReport } from '../rpc/retained.ts';
import type { SubjectApi, SubjectUse } from '../rpc/subjects.ts';
import { ApplicationList } from './application-list.ts';
import { ApplicationNumbers } from './application-numbers.ts';
import { AuditLog } from './audit-log.ts';
import { backupJob } from './backup-job-of.ts';
import { DirectoryAlarm } from './directory-alarm.ts';
import type { DirectoryEnvironment } from './directory-environment.ts';
import { OwnerList } from './owner-list.ts';
import { OwnerNumbers } from './owner-numbers.ts';
import { Questions } from './questions.ts';
import { RecoveryMarks } from './recovery-marks.ts';
import { Registration } from './registration.ts';
import { RetainedList } from './retained-list.ts';
import { RetainedShare } from './retained-share.ts';
import { Revocation } from './revocation.ts';
import { SubjectUses } from './subject-uses.ts';

/**
 * The list of one owner's applications [L4]: one object for each owner. It answers by itself, without waking an
 * application: each tells it of its beginning and its end, with the epoch, and now and then of its version. News may
 * arrive late and in any order. The object with the name `REGISTRY_NAME` is the list of all owners instead, which the
 * others tell it, and the one with the name `AUDIT_LOG_NAME` is the audit log [A11]. An owner is also a subject: the same
 * object knows which applications it has used, and which of its tokens are revoked [A12] [A13]. The one with the name
 * `BACKUPS_NAME` makes the scheduled backups [K].
 */
export class Directory
  extends DurableObject<DirectoryEnvironment>
  implements DirectoryApi, RegistryApi, AuditApi, SubjectApi, BackupsApi, RetainedApi, RecoveryMarksApi
{
  readonly #applications: ApplicationList;
  readonly #numbers: ApplicationNumbers;
  readonly #alarm: DirectoryAlarm;
  readonly #registration: Registration;
  readonly #questions: Questions;
  readonly #owners: OwnerList;
  readonly #ownerNumbers: OwnerNumbers;
  readonly #audit: AuditLog;
  readonly #uses: SubjectUses;
  readonly #revocation: Revocation;
  readonly #backups: BackupJob;
  readonly #retained: RetainedList;
  readonly #share: RetainedShare;
  readonly #marks: RecoveryMarks;
  /** The owner, decoded. */
  readonly #subject = (): string => decodeURIComponent(this.ctx.id.name ?? '');

  constructor(ctx: DurableObjectState, env: DirectoryEnvironment) {
    super(ctx, env);
    const { sql } = ctx.storage;
    const applications = new ApplicationList(sql);
    const numbers = new ApplicationNumbers(sql);
    const uses = new SubjectUses(sql);
    const alarm = new DirectoryAlarm(ctx.storage);
    void ctx.blockConcurrencyWhile(() => alarm.load());
    const registration = new Registration({
      sql,
      alarm,
      owner: () => parseOwner(ctx.id.name ?? ''),
      registry: () => env.DIRECTORY?.getByName(REGISTRY_NAME),
      owned: () => ({ ...applications.owned, numbers: withOwner(numbers.sum, applications.isEmpty ? 0 : 1) }),
    });
    this.#applications = applications;
    this.#numbers = numbers;
    this.#alarm = alarm;
    this.#registration = registration;
    this.#questions = new Questions({
      owner: () => registration.owner,
      applications: () => env.APPLICATION,
      numbers,
      onAnswer: (summary) => {
        if (this.#take(summary) === 'changed') registration.changed(false);
      },
    });
    this.#owners = new OwnerList(sql);
    this.#ownerNumbers = new OwnerNumbers(sql);
    this.#audit = new AuditLog(sql);
    this.#uses = uses;
    this.#backups = backupJob(ctx.storage, env);
    this.#retained = new RetainedList(sql);
    this.#marks = new RecoveryMarks(sql);
    const owner = () => registration.owner;
    this.#share = new RetainedShare({ list: this.#retained, alarm, owner, applications: () => env.APPLICATION });
    this.#revocation = new Revocation({
      uses,
      subject: this.#subject,
      notify: async (application, subject, before) => env.APPLICATION?.getByName(application).revoke(subject, before),
      setAlarm: (time) => alarm.setBy(time),
    });
  }

  tell(summary: NumberedSummary): void {
    const { app, epoch, counted } = summary;
    if (counted !== undefined && !this.#applications.knows(app, epoch)) this.#numbers.resume(app, counted);
    if (this.#take(summary) !== 'ignored') this.#registration.changed(false);
  }

  end(app: string, epoch: string): void {
    if (this.#applications.end(app, epoch)) this.#numbers.end(app);
    this.#registration.changed(this.#applications.isEmpty);
  }

  entries(after: string, limit: number): ListedApplication[] {
    const entries = this.#applications.entries(after, limit);
    if (entries.length > 0) this.#registration.seen();
    return entries;
  }

  retain(app: string, report: RetainedReport): void {
    this.#retained.take(app, report);
    this.#share.check();
  }

  retained(): DeletedApplication[] {
    return this.#retained.entries;
  }

  recoveryMark(app: string, step: MarkStep): RecoveryMark | undefined {
    return this.#marks.take(app, step);
  }

  add(app: string): void {
    this.#applications.add(app);
    this.#registration.changed(false);
  }

  remove(app: string): void {
    this.#applications.forgetName(app);
  }

  list(after: string, limit: number): string[] {
    return this.#applications.list(after, limit);
  }

  report(report: OwnerReport): number {
    const isKept = this.#owners.report(report);
    if (isKept && report.numbers !== undefined) this.#ownerNumbers.take(report.owner, report.numbers);
    return this.#ownerNumbers.pause;
  }

  owners(after: string, limit: number): RegisteredOwner[] {
    return this.#owners.page(after, limit);
  }

  numbers(): RegistryNumbers {
    return this.#ownerNumbers.all;
  }

  #take({ numbers, counted: _, ...summary }: NumberedSummary): 'ignored' | 'same' | 'changed' {
    if (!this.#applications.tell(summary)) return 'ignored';
    return numbers === undefined || this.#numbers.take(summary.app, numbers, Date.now()) ? 'changed' : 'same';
  }

  /** Never throws: after six failures the runtime drops the alarm for good. */
  override async alarm(): Promise<void> {
    if (this.#backups.isInUse) return this.#backups.onAlarm();
    this.#alarm.clear();
    await Promise.all([this.#revocation.onAlarm(), this.#questions.ask(), this.#share.enforce()]);
    await this.#registration.report();
    const { nextDue } = this.#numbers;
    if (nextDue !== undefined) this.#alarm.setBy(Math.max(nextDue, Date.now() + 1));
  }

  beginAct(entry: AuditEntry): number {
    return this.#audit.beginAct(entry);
  }

  endAct(id: number, outcome: number): void {
    this.#audit.endAct(id, outcome);
  }

  countRead(entry: AuditEntry<AuditedRead>, outcome: number): void {
    this.#audit.countRead(entry, outcome);
  }

  acts(after: number, limit: number): AuditPage<AuditedUse> {
    return this.#audit.acts(after, limit);
  }

  reads(after: number, limit: number): AuditPage<CountedReads> {
    return this.#audit.reads(after, limit);
  }

  admit(use: SubjectUse): number {
    this.#uses.add(use);
    return this.#uses.revokedBefore;
  }

  revokedBefore(): number {
    return this.#uses.revokedBefore;
  }

  revoke(before: number): Promise<Revoked> {
    return this.#revocation.revoke(before);
  }

  shared(after: string, limit: number): SharedApplication[] {
    return this.#uses.shared(this.#subject(), after, limit);
  }

  startBackups(): Promise<Problem | undefined> {
    return this.#backups.start();
  }

  verifyBackups(application: string | undefined): Promise<Problem | undefined> {
    return this.#backups.verify(application);
  }

  backupStatus(): Promise<BackupStatus | Problem> {
    return this.#backups.status();
  }

  backups(application: string | undefined, after: number, limit: number): BackupPage {
    return this.#backups.catalog.page(application, after, limit);
  }

  openBackup(id: number): Promise<ReadableStream<Uint8Array> | undefined> {
    return this.#backups.open(id);
  }

  purgeBackups(application: string): Promise<Problem | undefined> {
    return this.#backups.purge(application);
  }
}
