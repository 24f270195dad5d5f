import { DurableObject } from 'cloudflare:workers';
import type { ListedApplication, Summary } from '../../protocol/answers.ts';
import { parseOwner } from '../../protocol/owners.ts';
import type { Problem } from '../../protocol/problems.ts';
import type { BackupJob } from '../backups/backup-job.ts';
import type { BackupEnvironment } from '../backups/backup-settings.ts';
import type { AuditApi, AuditEntry, AuditedRead, AuditedUse, AuditPage, CountedReads } from '../rpc/audit.ts';
import type { BackupPage, BackupStatus, BackupsApi } from '../rpc/backups.ts';
import type { DirectoryApi } from '../rpc/messages.ts';
import { type OwnerReport, REGISTRY_NAME, type RegisteredOwner, type RegistryApi } from '../rpc/registry.ts';
import { ApplicationList } from './application-list.ts';
import { AuditLog } from './audit-log.ts';
import { backupJob, type RemoteLists } from './backup-job-of.ts';
import { OwnerList } from './owner-list.ts';
import { Registration, type RemoteRegistry } from './registration.ts';

/** The bindings through which a directory finds the registry, other directories, and what it backs up. */
interface DirectoryEnvironment extends BackupEnvironment {
  readonly DIRECTORY?: { getByName(name: string): RemoteRegistry & RemoteLists };
  readonly APPLICATION?: { getByName(name: string): unknown };
}

/**
 * The list of one owner's applications [L4]: one object for each owner. It answers by itself, without waking an
 * application: each tells it of its beginning and its end, with the epoch, and now and then of its version. News may
 * arrive late and in any order. The object with the name `REGISTRY_NAME` is the list of all owners instead, which the
 * others tell it, the one with the name `AUDIT_LOG_NAME` is the audit log [A11], and the one with the name `BACKUPS_NAME`
 * makes the scheduled backups [K].
 */
export class Directory
  extends DurableObject<DirectoryEnvironment>
  implements DirectoryApi, RegistryApi, AuditApi, BackupsApi
{
  readonly #applications: ApplicationList;
  readonly #registration: Registration;
  readonly #owners: OwnerList;
  readonly #audit: AuditLog;
  readonly #backups: BackupJob;

  constructor(ctx: DurableObjectState, env: DirectoryEnvironment) {
    super(ctx, env);
    const { storage } = ctx;
    this.#applications = new ApplicationList(storage.sql);
    this.#owners = new OwnerList(storage.sql);
    this.#audit = new AuditLog(storage.sql);
    this.#backups = backupJob(storage, env);
    this.#registration = new Registration({
      storage,
      owner: () => parseOwner(ctx.id.name ?? ''),
      registry: () => env.DIRECTORY?.getByName(REGISTRY_NAME),
      owned: () => this.#applications.owned,
    });
  }

  tell(summary: Summary): void {
    if (this.#applications.tell(summary)) this.#registration.changed(false);
  }

  end(app: string, epoch: string): void {
    this.#applications.end(app, epoch);
    this.#registration.changed(this.#applications.entries('', 1).length === 0);
  }

  entries(after: string, limit: number): ListedApplication[] {
    const entries = this.#applications.entries(after, limit);
    if (entries.length > 0) this.#registration.seen();
    return entries;
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
    return this.#owners.report(report);
  }

  owners(after: string, limit: number): RegisteredOwner[] {
    return this.#owners.page(after, limit);
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

  startBackups(): Promise<Problem | undefined> {
    return this.#backups.start();
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

  override alarm(): Promise<void> {
    return this.#backups.isInUse ? this.#backups.onAlarm() : this.#registration.onAlarm();
  }
}
