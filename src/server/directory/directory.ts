import { DurableObject } from 'cloudflare:workers';
import type { ListedApplication, Summary } from '../../protocol/answers.ts';
import { parseOwner } from '../../protocol/owners.ts';
import type { AuditApi, AuditEntry, AuditedRead, AuditedUse, AuditPage, CountedReads } from '../rpc/audit.ts';
import type { DirectoryApi } from '../rpc/messages.ts';
import { type OwnerReport, REGISTRY_NAME, type RegisteredOwner, type RegistryApi } from '../rpc/registry.ts';
import type { Revoked, SharedApplication, SubjectApi, SubjectUse } from '../rpc/subjects.ts';
import { ApplicationList } from './application-list.ts';
import { AuditLog } from './audit-log.ts';
import { OwnerList } from './owner-list.ts';
import { Registration, type RemoteRegistry } from './registration.ts';
import { Revocation } from './revocation.ts';
import { SubjectUses } from './subject-uses.ts';

/** The bindings through which a directory finds the registry, and the applications that its owner uses. */
interface DirectoryEnvironment {
  readonly DIRECTORY?: { getByName(name: string): RemoteRegistry };
  readonly APPLICATION: { getByName(name: string): RevocableApplication };
}

/** An application as a directory calls it. */
interface RevocableApplication {
  revoke(subject: string, before: number): Promise<void>;
}

/**
 * The list of one owner's applications [L4]: one object for each owner. It answers by itself, without waking an
 * application: each tells it of its beginning and its end, with the epoch, and now and then of its version. News may
 * arrive late and in any order. The object with the name `REGISTRY_NAME` is the list of all owners instead, which the
 * others tell it, and the one with the name `AUDIT_LOG_NAME` is the audit log [A11]. An owner is also a subject: the same
 * object knows which applications it has used, and which of its tokens are revoked [A12] [A13].
 */
export class Directory
  extends DurableObject<DirectoryEnvironment>
  implements DirectoryApi, RegistryApi, AuditApi, SubjectApi
{
  readonly #applications: ApplicationList;
  readonly #registration: Registration;
  readonly #owners: OwnerList;
  readonly #audit: AuditLog;
  readonly #uses: SubjectUses;
  readonly #revocation: Revocation;
  /** The owner, decoded. */
  readonly #subject = (): string => decodeURIComponent(this.ctx.id.name ?? '');

  constructor(ctx: DurableObjectState, env: DirectoryEnvironment) {
    super(ctx, env);
    const { storage } = ctx;
    this.#applications = new ApplicationList(storage.sql);
    this.#owners = new OwnerList(storage.sql);
    this.#audit = new AuditLog(storage.sql);
    this.#uses = new SubjectUses(storage.sql);
    // Of two alarms that are needed, the earlier one does the work of both.
    const setAlarm = (time: number): void =>
      void storage.setAlarm(Math.min(time, this.#uses.retryAt ?? Number.POSITIVE_INFINITY));
    this.#revocation = new Revocation({
      uses: this.#uses,
      subject: this.#subject,
      notify: (application, subject, before) => env.APPLICATION.getByName(application).revoke(subject, before),
      setAlarm,
    });
    this.#registration = new Registration({
      storage,
      setAlarm,
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

  override async alarm(): Promise<void> {
    await Promise.all([this.#revocation.onAlarm(), this.#registration.onAlarm()]);
  }
}
