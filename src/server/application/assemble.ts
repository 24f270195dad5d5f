import type { Definition } from '../../core/definition.ts';
import { applicationNamed } from '../../protocol/ids.ts';
import { missingBindings } from '../access/bindings.ts';
import { Application } from './application.ts';
import { Budget } from './cost/budget.ts';
import { SubjectRates } from './cost/subject-rates.ts';
import { UsageMeter } from './cost/usage-meter.ts';
import { Engine } from './engine.ts';
import type { ApplicationEnvironment } from './environment.ts';
import { Lifecycle } from './lifecycle.ts';
import { EventStreams } from './live/event-streams.ts';
import { FrameHandler } from './live/frame-handler.ts';
import { Sockets } from './live/sockets.ts';
import { UpdateCache } from './live/update-cache.ts';

/** The definitions of a deployment, and the kind that a first push creates. */
export interface Deployment {
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly firstKind: string;
}

/** The parts of an application's object. */
export interface ObjectParts {
  readonly usage: UsageMeter;
  readonly engine: Engine;
  readonly sockets: Sockets;
  readonly application: Application;
  readonly lifecycle: Lifecycle;
  readonly frames: FrameHandler;
}

/** `owner/app` for log lines. Never throws: after an eviction an alarm may not know the name. */
export const nameOf = ({ id }: DurableObjectState): string => id.name ?? 'unknown';

/** Makes the parts of an application's object, and connects them. Reads nothing: a constructor must not throw. */
export const assemble = (ctx: DurableObjectState, env: ApplicationEnvironment, deployment: Deployment): ObjectParts => {
  const { storage } = ctx;
  const hasSurvived = ctx.getWebSockets().length > 0;
  const usage = new UsageMeter(new Budget(env, missingBindings(env, ['DIRECTORY'])?.problem), new SubjectRates(env));
  // Read only when needed, as it may throw.
  const identity = () => applicationNamed(ctx.id.name ?? '');
  const name = () => nameOf(ctx);
  const { DIRECTORY: directory } = env;
  const readers = () => ({ streams: streams.size, sockets: sockets.size });
  const engine = new Engine({ storage, usage, identity, name, directory, readers, hasSurvived, ...deployment });
  const updates = new UpdateCache(engine.database);
  const streams = new EventStreams({
    name,
    updates,
    sync: () => storage.sync(),
    trackActive: () => trackStreams(usage, engine),
    onSent: () => usage.operations.count('events'),
  });
  const onSent = () => usage.operations.count('frames');
  const sockets = new Sockets({ host: ctx, updates, current: () => engine.current(), onSent });
  engine.listen(streams, sockets);
  const { definitions } = deployment;
  const lifecycle = new Lifecycle({ definitions, identity, engine });
  const application = new Application({ definitions, identity, engine, streams, info: () => lifecycle.info() });
  const frames = new FrameHandler({ identity, name, application: engine, sockets, access: env, rates: usage.rates });
  return { usage, engine, sockets, application, lifecycle, frames };
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
