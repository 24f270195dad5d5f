import type { Definition } from '../../core/definition.ts';
import { applicationNamed } from '../../protocol/ids.ts';
import { encodeOwner } from '../../protocol/owners.ts';
import { missingBindings } from '../access/bindings.ts';
import { STRANGERS } from '../rpc/pass.ts';
import { Admission } from './admission/admission.ts';
import { Application } from './application.ts';
import { Budget } from './cost/budget.ts';
import { SubjectRates } from './cost/subject-rates.ts';
import { UsageMeter } from './cost/usage-meter.ts';
import { Engine } from './engine.ts';
import type { ApplicationEnvironment } from './environment.ts';
import { Lifecycle } from './lifecycle.ts';
import { EventStreams } from './live/event-streams.ts';
import { FrameHandler } from './live/frame-handler.ts';
import { QueueNotices } from './live/queue-notices.ts';
import { Sockets } from './live/sockets.ts';
import { UpdateCache } from './live/update-cache.ts';
import { PlatformRecovery } from './recovery/platform-recovery.ts';

/** What a deployment brings to each of its applications. */
export interface Deployment {
  readonly definitions: ReadonlyMap<string, Definition>;
  /** The kind that a first push creates [L2]. */
  readonly firstKind: string;
}

/** The parts of an object, wired together. */
export interface Assembly {
  readonly usage: UsageMeter;
  readonly engine: Engine;
  readonly application: Application;
  readonly lifecycle: Lifecycle;
  readonly sockets: Sockets;
  readonly frames: FrameHandler;
  readonly admission: Admission;
}

/** Makes the parts of an application's object. Reads nothing: a constructor must not throw. */
export const assemble = (ctx: DurableObjectState, env: ApplicationEnvironment, deployment: Deployment): Assembly => {
  const { storage } = ctx;
  const hasSurvived = ctx.getWebSockets().length > 0;
  const usage = new UsageMeter(new Budget(env, missingBindings(env, ['DIRECTORY'])?.problem), new SubjectRates(env));
  // Read only when needed: after an eviction an alarm may not know the name.
  const identity = () => applicationNamed(ctx.id.name ?? '');
  const name = () => ctx.id.name ?? 'unknown';
  const { DIRECTORY: directory } = env;
  const readers = () => ({ streams: streams.size, sockets: sockets.size });
  const host = { storage, usage, identity, name, directory, readers, hasSurvived };
  const engine = new Engine({ ...host, deletion: env, ...deployment });
  const updates = new UpdateCache(engine.database);
  const { operations } = usage;
  const streams = new EventStreams({
    name,
    updates,
    sync: () => storage.sync(),
    trackActive: () => trackStreams(usage, engine),
    onAnswered: (queue) => queueNotices.onAnswered(queue),
    onSent: () => operations.count('events'),
  });
  const onSent = () => operations.count('frames');
  const current = () => engine.current();
  const sockets = new Sockets({ host: ctx, updates, current, onSent });
  const queueNotices = new QueueNotices({ current, audiences: () => [sockets, streams] });
  // Without the binding every write is refused, which tells the operator more than a token that cannot be checked.
  const directoryOf = (subject: string) => (directory as typeof directory | undefined)?.getByName(encodeOwner(subject));
  const visitors = {
    identities: () => sockets.identities(),
    endRevoked: (subject: string, before: number) => {
      sockets.closeRevoked(subject, before);
      streams.endRevoked(subject, before);
      engine.waiters.release(subject);
    },
    endStrangers: () => {
      sockets.closeStrangers();
      streams.endAll(STRANGERS);
      engine.waiters.release(STRANGERS);
    },
  };
  const admission = new Admission({
    database: engine.database,
    name,
    readers: visitors,
    ask: async (subject, use) => (await directoryOf(subject)?.admit(use)) ?? 0,
    askOnly: async (subject) => (await directoryOf(subject)?.revokedBefore()) ?? 0,
  });
  engine.listen(streams, sockets, queueNotices, admission);
  const { definitions } = deployment;
  const recovery = new PlatformRecovery({ host: ctx, settings: env, database: engine.database, directory });
  const lifecycle = new Lifecycle({ definitions, identity, engine, admission, recovery });
  const application = new Application({ definitions, identity, engine, streams, info: () => lifecycle.info() });
  const { rates } = usage;
  const handling = { identity, name, application: engine, sockets, access: env, rates, admission };
  const frames = new FrameHandler({ ...handling, queueNotices });
  return { usage, engine, application, lifecycle, sockets, frames, admission };
};

/** Counts the time awake with streams, and tells of the first and the last one. */
const trackStreams = (usage: UsageMeter, engine: Engine): (() => void) => {
  const release = usage.trackActive();
  engine.listing.onReaders();
  return () => {
    release();
    engine.listing.onReaders();
  };
};
