import type { Definition } from '../../core/definition.ts';
import type { ApplicationId } from '../../protocol/ids.ts';
import type { Directory } from '../directory/directory.ts';
import type { UsageMeter } from './cost/usage-meter.ts';
import type { DeletionEnvironment } from './deletion/settings.ts';
import type { Readers } from './state/application-numbers.ts';

/** The parts of the platform and of the deployment that an application needs. */
export interface EngineOptions {
  readonly storage: DurableObjectStorage;
  readonly usage: UsageMeter;
  readonly identity: () => ApplicationId;
  /** `owner/app` for log lines. Never throws. */
  readonly name: () => string;
  /** Numbers of the live readers at this moment. */
  readonly readers: () => Omit<Readers, 'waiting'>;
  readonly directory: DurableObjectNamespace<Directory>;
  /** The definitions of this deployment, by kind. */
  readonly definitions: ReadonlyMap<string, Definition>;
  /** The kind that a first push creates [L2]. */
  readonly firstKind: string;
  /** How long a deleted application is kept. */
  readonly deletion: DeletionEnvironment;
  /** Whether this instance began with hibernated sockets: the previous one then did not crash on a change [D12]. */
  readonly hasSurvived: boolean;
}
