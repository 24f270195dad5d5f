// The public entry point `changebucket/api`: the service over HTTP, one typed call for each request.

export type { PushCost } from '../client/platform/parse-cost.ts';
export { ProblemError } from '../client/platform/problem-error.ts';
export type { TokenSource } from '../client/platform/tokens.ts';
export type { ChangeOf } from '../core/change-of.ts';
export type {
  ApplicationInfo,
  DeletedApplication,
  ListedApplication,
  ListPage,
  LogEntry,
  LogPage,
  Rejection,
  RejectionList,
} from '../protocol/answers.ts';
export type {
  BackupFinding,
  BackupHealth,
  BackupPage,
  BackupProgress,
  BackupRun,
  BackupVerification,
  KeptBackup,
} from '../protocol/backup-answers.ts';
export type {
  AuditedUse,
  AuditPage,
  CountedReads,
  Health,
  ListedOwner,
  OwnersPage,
  RevokedTokens,
  SharedApplication,
  SharedPage,
} from '../protocol/operator-answers.ts';
export type { Position } from '../protocol/position.ts';
export type { Outcome, Receipt, Ticket } from '../protocol/receipt.ts';
export { type Api, type ApiOptions, createApi } from './api.ts';
export type { ApplicationApi, Created } from './application-api.ts';
export type { BackupsApi } from './backups.ts';
export type { CallOptions, RequestBody, Retry } from './call.ts';
export type { DeletionApi } from './deletion.ts';
export type { DeploymentApi } from './deployment-api.ts';
export type { FollowOptions } from './follow.ts';
export type { Step } from './follow-step.ts';
export type { LogEntryOf, LogPageOf, RejectionListOf, RejectionOf } from './logged-changes.ts';
export { type MetricSample, parseMetrics } from './metrics.ts';
export type { Pages } from './pages.ts';
export type { PastApi, PastPoint, PlatformPoint, RecoveredInfo } from './past-api.ts';
export type { Batch, PushAnswer, Pushed, PushedBatch, PushedState, PushOptions } from './push-api.ts';
export type { NotModified, PatchRead, ReadPart, StateAnswer, StateOptions, StateRead } from './state-api.ts';
export type { SubjectApi } from './subject-api.ts';
export { type BackupWaitOptions, waitForRun, waitForVerification } from './wait-for-backups.ts';
